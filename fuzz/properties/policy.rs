//! Any text: an error or a policy; and no policy lets an identifying or text column leave as it is.

use incog::pipeline::{
    Policy,
    policy::{Action, Release},
};

pub fn holds(text: &str) {
    // A folder that does not exist, so that no hierarchy file of this machine is read.
    let Ok(policy) = Policy::parse(text, "/nonexistent/incog-fuzz".as_ref()) else { return };
    for release in policy.releases().values() {
        let Release::Table(table) = release else { continue };
        for name in &table.columns {
            let columns = policy.inputs()[&table.input].columns();
            let column = columns.get(name).expect("released columns are declared");
            let leaves = matches!(column.action, Action::Keep);
            assert!(!matches!(column.action, Action::Drop));
            if leaves {
                assert!(!matches!(column.role, incog::kanon::Role::Identifying | incog::kanon::Role::Text));
            } else {
                assert!(table.models.is_empty(), "a stand-in beside a model");
            }
        }
    }
}
