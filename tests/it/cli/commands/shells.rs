//! Completions that work in a real shell, and manual pages.

use std::process::Command;

use super::{leadline, out};

#[test]
fn bash_completes_a_command_and_its_options() {
    let dir = tempfile::tempdir().unwrap();
    let script = out(&leadline(dir.path(), &["completions", "bash"]));
    let file = dir.path().join("completions.bash");
    std::fs::write(&file, script).unwrap();
    let completed = |words: &str| {
        let last = words.rsplit(' ').next().unwrap_or_default();
        let test = format!(
            "set -e; source {}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _leadline leadline '{last}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let output = Command::new("bash").args(["-c", &test]).output().unwrap();
        out(&output)
    };
    assert_eq!(completed("leadline camp"), "campaign\n");
    assert_eq!(completed("leadline campaign arch"), "archive\n");
    assert_eq!(completed("leadline link create --dom"), "--domain\n");
}

#[test]
fn every_shell_has_completions() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&leadline(dir.path(), &["completions", shell]));
        assert!(script.contains("engagement"), "{shell}");
    }
}

#[test]
fn manual_pages_are_in_the_form_of_man() {
    let dir = tempfile::tempdir().unwrap();
    let page = out(&leadline(dir.path(), &["man"]));
    for part in [".TH leadline 1", ".SH NAME", ".SH SUBCOMMANDS", "campaign"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let pages = dir.path().join("man1");
    let folder = pages.to_str().unwrap();
    assert!(
        leadline(dir.path(), &["man", "--dir", folder])
            .status
            .success()
    );
    let page = std::fs::read_to_string(pages.join("leadline-link-create.1")).unwrap();
    assert!(page.contains("\\-\\-networks"), "{page}");
}
