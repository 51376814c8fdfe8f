//! A watch's turns, one a minute, by a clock of their own: each as the terminal makes it,
//! with a component loaded anew, over a store file and a state folder.

use std::fs;
use std::sync::Arc;

use host_test::contract::commands::{Delivery, Origin, Request};
use host_test::harness::{Command, Harness};
use host_test::host::Host;
use host_test::state::StateFolder;
use host_test::store::Place;
use host_test::world::{self, Clock, Store, World};
use libtest_mimic::Failed;

use super::Held;
use crate::crowd::{NOW, crowd, request};
use crate::table::Count;

const MINUTES: i64 = 8 * 60;
/// After how many minutes what is held is looked at.
const WARM: i64 = 60;
/// The memory that seven hours may add, in KiB: what an allocator moves about. The component's code
/// alone, kept once a turn, would add 800 MiB.
const ROOM_KIB: usize = 8 << 10;

pub fn eight_hours() -> Result<Count, Failed> {
    let folder = tempfile::tempdir()?;
    let recorded = crowd(6);
    let store = folder.path().join("auth-profiles.json");
    fs::write(&store, recorded["store"].to_string())?;
    let answers = folder.path().join("world.json");
    fs::write(&answers, recorded.to_string())?;
    let mut before = None;
    for minute in 0..MINUTES {
        let now = NOW + minute * 60;
        let world = World {
            classes: Default::default(),
            session: None,
            is_subscribable: false,
            store: Store::Live(Place {
                home: folder.path().to_owned(),
                state_dir: None,
                auth_path: Some(store.clone()),
                agent: "main".into(),
            }),
            clock: Clock::Fixed(now),
            ..world::replay(&answers)?
        };
        let request = Request { now, ..request(Origin::Terminal(vec!["all".into()]), u32::MAX) };
        let state = StateFolder::at(folder.path().join("state"));
        let host = Host::new(Arc::new(world), Some(state));
        let turn = Harness::new()?.call(Command::Usage, &request, host)?;
        let Delivery::Parts(parts) = &turn.reply.delivery else {
            return Err("a turn said nothing".into());
        };
        if !parts[0].text.contains(" of 6 ready") {
            return Err(format!("minute {minute}: {}", parts[0].text).into());
        }
        if minute == WARM {
            before = Held::now();
        }
    }
    let held = Held::ensure_flat(before, ROOM_KIB)?;
    Ok(Count::new(480, held))
}
