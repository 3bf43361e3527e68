//! Roots as other tools make them, by the real `openssl`.

use std::os::unix::fs::PermissionsExt;

use super::Workspace;

/// An EC key as most tools write it (SEC1).
pub const P256: &[&str] = &["ecparam", "-name", "prime256v1", "-genkey", "-noout"];

/// What every good root says.
pub const CA: &str = "\
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
";

/// root-key.pem, by the command `openssl ARGUMENTS`.
pub fn key(workspace: &Workspace, arguments: &[&str]) {
    let out = ["-out", "root-key.pem"];
    let (command, options) = arguments.split_first().expect("a command");
    // Options go before what is not one, such as the number of bits.
    let arguments = [command].into_iter().chain(&out).chain(options);
    workspace.run("openssl", arguments);
    make_private(workspace, "root-key.pem");
}

pub fn make_private(workspace: &Workspace, name: &str) {
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(workspace.join(name), mode).expect("a file of ours");
}

/// root-cert.pem for root-key.pem: `settings` are lines of `[req]`, `name` those of the
/// distinguished name, `extensions` those of the extensions, with further sections behind them.
pub fn certificate(workspace: &Workspace, settings: &[u8], name: &[u8], extensions: &str) {
    let configuration = [
        b"[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = extensions\n",
        settings,
        b"\n[name]\n",
        name,
        b"\n[extensions]\n",
        extensions.as_bytes(),
    ];
    workspace.write("root.cnf", configuration.concat());
    let arguments = [
        "req", "-x509", "-new", "-config", "root.cnf", "-days", "4000",
    ];
    let files = ["-key", "root-key.pem", "-out", "root-cert.pem"];
    workspace.run("openssl", arguments.iter().chain(&files));
}

/// A folder with such a root, of P-256.
pub fn root(name: &str, extensions: &str) -> Workspace {
    let workspace = Workspace::new();
    key(&workspace, P256);
    certificate(&workspace, b"", name.as_bytes(), extensions);
    workspace
}
