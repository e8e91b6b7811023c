//! Many calls at once, an interrupt, and a host that ends during a call.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::json;
use tfplugin::Value;
use tfplugin_proto::tfplugin6::stop_provider;
use tokio::time::timeout;

use crate::{
    lifecycle::{full, least},
    support::{
        host::{Host, Stored, configured, errors, object, region},
        provider::{Everything, Faulty, GATE, HANGING, SLOW_BEGUN, SLOW_DONE},
    },
};

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_objects_exist_at_once() {
    let host = configured().await;
    let lifecycles = (0..20).map(|number| {
        let host = host.clone();
        tokio::spawn(async move {
            let config = object::<Everything>(&if number % 2 == 0 { least() } else { full() });
            let stored = host.bring_to::<Everything>(&Stored::none(), &config).await;
            host.destroy::<Everything>(&stored).await;
        })
    });
    for lifecycle in lifecycles.collect::<Vec<_>>() {
        lifecycle.await.expect("each lifecycle succeeds");
    }
}

#[tokio::test]
async fn an_interrupt_cancels_running_calls_and_no_later_ones() {
    let host = configured().await;
    let config = object::<Faulty>(&json!({"fault": "hang"}));
    let planned = host.plan::<Faulty>(&Stored::none(), &config).await;
    let hanging = tokio::spawn({
        let (host, config) = (host.clone(), config.clone());
        async move { host.apply::<Faulty>(&Stored::none(), &planned, &config).await }
    });
    timeout(DEADLINE, HANGING.notified()).await.expect("the create begins");
    let response = host.client().stop_provider(stop_provider::Request {}).await.expect("there is a response");
    assert_eq!(response.into_inner().error, "");
    let applied = timeout(DEADLINE, hanging)
        .await
        .expect("an interrupted create ends")
        .expect("the apply has a response");
    assert_eq!(errors(&applied.diagnostics), [": Interrupted: It exists, though."]);
    assert_eq!(applied.stored.state, object::<Faulty>(&json!({"fault": "hang"})), "what exists is kept");

    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&least())).await;
    host.destroy::<Everything>(&stored).await;
}

#[tokio::test]
async fn an_apply_is_finished_although_the_host_cancels_the_call() {
    let host = configured().await;
    let config = object::<Faulty>(&json!({"fault": "slow"}));
    let planned = host.plan::<Faulty>(&Stored::none(), &config).await;
    let request = Host::apply_request::<Faulty>(&Stored::none(), &planned, &config);
    let mut client = host.client();
    let call = tokio::spawn(async move { client.apply_resource_change(request).await });
    timeout(DEADLINE, SLOW_BEGUN.notified()).await.expect("the create begins");
    call.abort();
    assert!(call.await.expect_err("the call was given up").is_cancelled());
    assert_eq!(SLOW_DONE.load(Ordering::SeqCst), 0);
    GATE.notify_one();
    let finished = async {
        while SLOW_DONE.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, finished).await.expect("the create comes to its end");
}

#[tokio::test]
async fn the_last_configuration_is_used() {
    let host = configured().await;
    for place in ["moon", "mars"] {
        assert_eq!(host.configure(&region(Value::string(place))).await, []);
        let planned = host.plan::<Everything>(&Stored::none(), &object::<Everything>(&least())).await;
        assert_eq!(planned.state.member("comment"), &Value::string(format!("made at {place}")));
    }
}
