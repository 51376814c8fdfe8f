//! A change that a running gateway takes over.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};

use crate::gateway::{CURRENT, Gateway};
use crate::wrapper::wait_until;

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_gateway_that_runs_takes_the_change_over() {
    let gateway = Gateway::signed_in(&CURRENT);
    let before = gateway.documents().beside_the_order();
    let running = Running::start(&gateway);
    assert_eq!(running.order(), Value::Null);

    let said = gateway.change("ann", "retire work");
    said.assert(0, &["✅ Done, verified: work is retired"]);
    let is_unheard = said.text.contains("could not reach a running gateway");
    assert!(!is_unheard, "{said:?}");
    let others = gateway.own_order().unwrap();
    assert_eq!(sorted(&others), gateway.ids(&["backup", "default"]));
    assert_eq!(running.order(), json!(others));
    assert_eq!(gateway.documents().beside_the_order(), before);
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

/// A gateway on loopback. It is ended with this.
struct Running<'a> {
    gateway: &'a Gateway,
    child: Child,
}

impl<'a> Running<'a> {
    fn start(gateway: &'a Gateway) -> Self {
        gateway.configure(&json!({
            "mode": "local",
            "port": free_port(),
            "bind": "loopback",
            "auth": {"mode": "token", "token": "fake-token-of-a-gateway-in-a-test"},
        }));
        let path = gateway.home().join("gateway.log");
        let log = File::create(&path).unwrap();
        let openclaw = gateway.folder().join("openclaw");
        let child = gateway
            .command(&openclaw, &["gateway", "run"], &[])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut running = Self { gateway, child };
        wait_until("a gateway that is ready", || {
            let log = fs::read_to_string(&path).unwrap();
            let ended = running.child.try_wait().unwrap();
            assert_eq!(ended, None, "{log}");
            log.contains("[gateway] ready")
        });
        running
    }

    /// The stored order that the gateway itself goes by.
    fn order(&self) -> Value {
        let call = ["gateway", "call", "models.authStatus", "--json"];
        let status = self.gateway.json(&[&call[..], &["--timeout", "300000"]].concat());
        let providers = status["providers"].as_array().unwrap();
        let is_it = |each: &&Value| each["provider"] == self.gateway.release.provider;
        let provider = providers.iter().find(is_it).unwrap();
        provider["profileOrder"].clone()
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, Signal::TERM);
        let since = Instant::now();
        while !self.has_ended() && since.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(50));
        }
        // Whoever it started is in its group.
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
