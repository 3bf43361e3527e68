//! Where the files of a cluster are, for the commands that mend them.

use std::path::Path;

use crate::console::Console;
use crate::escape;

/// Each is a word of a shell.
pub(in crate::commands) struct Place {
    console: Console,
    /// The folder that holds the cluster's, unless it is the one that meshpki works in.
    mesh: Option<String>,
    /// The cluster's name.
    pub cluster: String,
    /// The cluster's folder.
    pub folder: String,
}

impl Place {
    pub(super) fn of(path: &Path, console: Console) -> Self {
        let whole = match path.file_name() {
            Some(_) => path.to_owned(),
            // `.` and `..`
            None => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        };
        let parent = whole.parent().filter(|parent| *parent != Path::new(""));
        let in_shell = |path: &Path| escape::in_shell(&escape::path(path));
        Self {
            console,
            mesh: parent.map(in_shell),
            cluster: in_shell(Path::new(whole.file_name().unwrap_or(whole.as_os_str()))),
            folder: in_shell(&whole),
        }
    }

    /// Of a Secret nobody knows.
    pub(super) fn unknown(console: Console) -> Self {
        Self {
            console,
            mesh: None,
            cluster: "NAME".to_owned(),
            folder: "NAME".to_owned(),
        }
    }

    /// `hint`, whose commands of meshpki are for the mesh, as it is to be typed where this command
    /// was.
    pub fn as_typed(&self, hint: &str) -> String {
        self.console.as_typed(self.mesh.as_deref(), hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Verbosity;

    #[test]
    fn hints_lead_to_where_the_cluster_is() {
        let hint = "a new certificate: meshpki cluster-cacerts --renew c1";
        let typed = |path: &str, console| Place::of(Path::new(path), console).as_typed(hint);
        let there = |folder: &str| hint.replace("meshpki", &format!("meshpki -C {folder}"));
        let here = Console::new(Verbosity::Normal);
        assert_eq!(typed("c1/", here), hint);
        assert_eq!(typed("/m/c1", here), there("/m"));
        assert_eq!(typed("my mesh/c1", here), there("'my mesh'"));
        assert_eq!(typed("it's/c1", here), there(r"'it'\''s'"));
        let elsewhere = here.working_in("a".to_owned());
        assert_eq!(typed("c1", elsewhere), there("a"));
        assert_eq!(typed("m/c1", elsewhere), there("a/m"));
        assert_eq!(typed("/m/c1", elsewhere), there("/m"));
        assert_eq!(typed("/my mesh/c1", elsewhere), there("'/my mesh'"));
    }
}
