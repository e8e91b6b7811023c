//! `--debug`: a process that a developer starts and hosts attach to.

use std::path::Path;

use child_processes::Signal;
use serde_json::Value;
use tfplugin_proto::health::health_check_response::ServingStatus;

use crate::{
    host::{Plugin, connect, provider},
    services::health,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_setting_is_what_both_hosts_attach_to() {
    let mut command = provider();
    command.arg("--debug");
    let plugin = Plugin::start(command);
    let json = plugin.line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
    let providers: Value = serde_json::from_str(json).unwrap();
    let keys: Vec<_> = providers.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["registry.opentofu.org/acme/test", "registry.terraform.io/acme/test"]);

    for provider in providers.as_object().unwrap().values() {
        assert_eq!(provider["Protocol"], "grpc");
        assert_eq!(provider["ProtocolVersion"], 6);
        assert_eq!(provider["Pid"], plugin.process.id());
        assert_eq!(provider["Test"], true);
        assert_eq!(provider["Addr"]["Network"], "unix");
        let channel = connect(Path::new(provider["Addr"]["String"].as_str().unwrap())).await;
        assert_eq!(health(channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }

    plugin.signal(Signal::INT);
    let status = tokio::task::block_in_place(|| plugin.ended());
    assert_eq!(status.code(), Some(0));
    assert!(plugin.stderr().contains("Ctrl-C"));
    assert_eq!(plugin.files(), Vec::<std::path::PathBuf>::new());
}
