//! The worlds that things fail in: every run has one of its own.

use std::path::Path;
use std::sync::LazyLock;

use host_test::store::SignIns;
use host_test::world::{self, RecordedState, Store, World};
use serde_json::Value;

use crate::faults::NOW;

/// Which world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Six sign-ins, one of each fate, and a gateway that can do everything.
    Demo,
    /// A gateway of the older era, which cannot delete.
    Old,
    /// Sign-ins of another agent, and an order of one's own.
    Inherited,
}

impl Kind {
    /// This world, as nobody has touched it.
    pub fn fresh(self) -> World {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/worlds");
        match self {
            Self::Demo => world::demo(NOW).unwrap(),
            Self::Old => world::replay(&folder.join("auth-old.json")).unwrap(),
            Self::Inherited => world::replay(&folder.join("auth-inherited.json")).unwrap(),
        }
    }

    /// A text with the handles of this world's profiles filled in.
    pub fn fill(self, text: &str) -> String {
        static HANDLES: LazyLock<[Vec<(String, String)>; 3]> = LazyLock::new(|| {
            [Kind::Demo, Kind::Old, Kind::Inherited].map(|kind| {
                let sign_ins = sign_ins(&kind.fresh());
                let profiles = sign_ins.profiles.into_iter();
                profiles
                    .map(|profile| {
                        let label = profile.id.split_once(':').unwrap().1.to_owned();
                        (format!("{{{label}}}"), profile.handle)
                    })
                    .collect()
            })
        });
        let mut filled = text.to_owned();
        for (name, handle) in &HANDLES[self as usize] {
            filled = filled.replace(name, handle);
        }
        filled
    }
}

/// The state that a world's gateway changes.
pub fn state(world: &World) -> RecordedState {
    match &world.store {
        Store::Recorded(state) => state.clone(),
        Store::Live(_) => panic!("no recorded world"),
    }
}

/// Who is signed in there.
pub fn sign_ins(world: &World) -> SignIns {
    world.store.read(NOW).unwrap()
}

/// What the gateway keeps, as it is now.
pub fn documents(state: &RecordedState) -> (Value, Option<Value>) {
    state.documents()
}
