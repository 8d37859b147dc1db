//! The rules for `--help` of every command.

use std::process::Command;

fn help(command: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_leadline"))
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands below one, from the list in its help.
fn below(command: &[String], help: &str) -> Vec<Vec<String>> {
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let names = listed.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(|name| command.iter().cloned().chain([name.to_owned()]).collect())
        .collect()
}

#[test]
fn each_command_that_takes_arguments_shows_an_example() {
    let (mut open, mut seen) = (vec![Vec::new()], 0);
    while let Some(command) = open.pop() {
        let text = help(&command);
        let deeper = below(&command, &text);
        if deeper.is_empty() && text.contains("\nArguments:\n") {
            seen += 1;
            let examples = text.split_once("\nExample").map_or("", |(_, rest)| rest);
            let example = format!("leadline {}", command.join(" "));
            assert!(
                examples.contains(&example),
                "{command:?} has no example:\n{text}"
            );
        }
        open.extend(deeper);
    }
    assert!(seen > 15, "{seen} commands take arguments");
}
