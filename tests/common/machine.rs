//! An operator's machine: a home, a folder to work in, and programs that stand in for others.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{Run, Workspace};

/// `home/`, `work/`, in which commands are run, and `bin/`, which goes before the PATH.
pub struct Machine {
    pub workspace: Workspace,
}

impl Machine {
    pub fn new() -> Self {
        let workspace = Workspace::new();
        for folder in ["home", "work", "bin"] {
            std::fs::create_dir(workspace.join(folder)).unwrap();
        }
        let meshpki = assert_cmd::cargo::cargo_bin!("meshpki");
        std::os::unix::fs::symlink(meshpki, workspace.join("bin/meshpki")).unwrap();
        Self { workspace }
    }

    /// `script` is what the command `name` does here.
    pub fn stand_in(&self, name: &str, script: &str) {
        let path = self.workspace.join("bin").join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    pub fn bash(&self, script: &str) -> Run {
        let paths = std::env::var("PATH").unwrap();
        let bin = self.workspace.join("bin");
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.workspace.join("work"))
            .env("HOME", self.workspace.join("home"))
            .env("PATH", format!("{}:{paths}", bin.display()));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let prefixes = [
                "ROOTCA_",
                "INTERMEDIATE_",
                "WORKLOAD_",
                "SERVICE_ACCOUNT",
                "SECRET_GRACE_PERIOD_RATIO",
                "ISTIO_",
            ];
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(&*name);
            }
        }
        // Small keys are quickly made.
        command
            .env("ROOTCA_KEYSZ", "2048")
            .env("INTERMEDIATE_KEYSZ", "2048");
        Run::of(&mut command)
    }
}
