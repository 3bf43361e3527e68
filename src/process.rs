//! What the process is, to the system that runs it.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Memory with keys and passphrases in it goes into no core dump. A dump that is piped to a program
/// (core(5)) heeds the second call alone, which also keeps other processes of the same user from
/// looking into this one.
pub fn keep_memory_private() {
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Either is always granted; and a sandbox that forbids it dumps nothing that is its own.
    let _ = setrlimit(Resource::Core, nothing);
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
