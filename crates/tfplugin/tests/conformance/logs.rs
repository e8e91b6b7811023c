//! The log lines of each call: its name, its type, begin and end; never a value.

use std::cell::RefCell;

use serde_json::json;

use crate::support::{
    host::{Stored, configured, object},
    provider::Everything,
};

thread_local! {
    // A test without worker threads logs in its own thread. A logger for one thread is not enough: whether a callsite is enabled
    // is decided once, by the first thread.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThreadLog;

impl std::io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_call_is_logged_without_its_values() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| ThreadLog)
        .init();
    let host = configured().await;
    let config =
        json!({"zone": "zone-of-mine", "name": "hunter1", "token": "hunter2", "password": "hunter3"});
    host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&config)).await;

    let log = String::from_utf8(LOG.take()).expect("it is text");
    for (rpc, at_least) in [("PlanResourceChange", 4), ("ApplyResourceChange", 1), ("ReadResource", 1)] {
        let lines = |what: &str| {
            let named = format!("tf_rpc=\"{rpc}\" tf_resource_type=\"test_everything\" tf_req_id=\"");
            log.lines().filter(|line| line.contains(&named) && line.contains(what)).count()
        };
        assert!(lines("call begins") >= at_least, "{rpc}: {log}");
        assert_eq!(lines("call begins"), lines("call ends"), "{rpc}: {log}");
    }
    for value in ["zone-of-mine", "hunter"] {
        assert!(!log.contains(value), "{log}");
    }
}
