//! What may reach a terminal.
//!
//! Certificates and file names come from strangers. A byte of theirs that a terminal would act on
//! (an escape sequence, a line feed that forges a line, a character that reverses the text) is
//! shown the way OpenSSL shows such bytes in a name: `\1B`.

use std::fmt::Write;
use std::path::Path;

/// `text` with every control character, bidirectional control and invisible separator written as
/// `\XX`, byte by byte.
pub fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

/// A file name for a message; see [`text`].
pub fn path(path: &Path) -> String {
    bytes(path.as_os_str().as_encoded_bytes())
}

/// As [`text`], for bytes that need not be UTF-8; what is not is written as `\XX` too.
pub fn bytes(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_harmless(character) {
                escaped.push(character);
            } else {
                hex(&mut escaped, character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        hex(&mut escaped, chunk.invalid());
    }
    escaped
}

/// `text` as one word of a shell.
pub fn in_shell(text: &str) -> String {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.:/@+".contains(&octet);
    if text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Whether a terminal shows `character` as it is, and nothing more.
pub fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{061C}' // Arabic letter mark
            | '\u{200B}'..='\u{200F}' // zero width, left-to-right and right-to-left marks
            | '\u{2028}'..='\u{202E}' // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206F}' // word joiner, isolates, deprecated format characters
            | '\u{FEFF}' // byte order mark
            | '\u{FFF9}'..='\u{FFFB}' // interlinear annotations
            | '\u{E0000}'..='\u{E007F}' // tags
        )
}

fn hex(escaped: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(escaped, "\\{byte:02X}").expect("a String takes every write");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(
            text("O = Zoë & Söhne, CN = \\x"),
            "O = Zoë & Söhne, CN = \\x"
        );
    }

    #[test]
    fn what_a_terminal_would_act_on_is_shown_as_bytes() {
        assert_eq!(text("a\u{1B}[31m\n\u{7F}"), "a\\1B[31m\\0A\\7F");
        assert_eq!(text("\u{9B}m\u{202E}gpj"), "\\C2\\9Bm\\E2\\80\\AEgpj");
    }

    #[test]
    fn broken_utf8_is_shown_as_bytes() {
        assert_eq!(bytes(b"caf\xE9 \xC3"), "caf\\E9 \\C3");
    }
}
