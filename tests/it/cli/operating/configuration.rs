//! An invalid configuration: `config check` and `serve` refuse it with the same message.

use std::path::Path;

use super::{code, printed, run};

/// What is wrong, as variables of the environment, and what the refusal says.
type Mistake<'a> = (&'a [(&'a str, &'a str)], &'a str);

fn refused_alike(dir: &Path, mistakes: &[Mistake<'_>]) {
    for (environment, part) in mistakes {
        let check = run(dir, &["config", "check"], environment);
        assert_eq!(code(&check), 78, "{environment:?}: {}", printed(&check));
        let refusal = String::from_utf8(check.stderr).unwrap();
        assert!(refusal.contains(part), "{part}: {refusal}");
        let serve = run(dir, &["serve"], environment);
        assert_eq!(code(&serve), 78, "{environment:?}: {}", printed(&serve));
        let same = refusal.trim_start_matches("leadline: ");
        assert!(printed(&serve).contains(same), "{same} {}", printed(&serve));
        assert!(!printed(&serve).contains("hunter2") && !refusal.contains("hunter2"));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn a_check_refuses_what_a_start_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (file, data) = (file.to_str().unwrap(), dir.path().join("data"));
    let under_a_file = format!("{file}/data");
    let nowhere = format!("sqlite:{}/nowhere/leadline.db", dir.path().display());
    refused_alike(
        &data,
        &[
            (
                &[("LEADLINE__TELEMETRY__FILTER", "inof")],
                "\"inof\" is no level",
            ),
            (
                &[("LEADLINE__TELEMETRY__FILTER", "leadline=loud")],
                "`telemetry.filter` is \"leadline=loud\"",
            ),
            (
                &[("LEADLINE__SERVER__LISTEN", "127.0.0.1:99999")],
                "a port up to 65535",
            ),
            (
                &[("LEADLINE__SERVER__LISTEN", "192.0.2.1:80")],
                "this machine has no address 192.0.2.1",
            ),
            (
                &[("LEADLINE__ADMIN__LISTEN", "nine")],
                "`admin.listen` is \"nine\"",
            ),
            (&[("LEADLINE__DATA__DIR", &under_a_file)], "is not a folder"),
            (
                &[("LEADLINE__LOG__SYNC", "always")],
                "it can be \"process\" or \"disk\"",
            ),
            (
                &[("LEADLINE__LOG__URL", "redis://:hunter2@h:port")],
                "`log.url` is not an address",
            ),
            (
                &[(
                    "LEADLINE__STORE__URL",
                    "postgres://h/d?sslmode=perhaps&password=hunter2",
                )],
                "`store.url`",
            ),
            (
                &[("LEADLINE__STORE__URL", &nowhere)],
                "its folder does not exist",
            ),
            (
                &[("LEADLINE_SERVER__LISTEN", "0.0.0.0:80")],
                "write `LEADLINE__SERVER__LISTEN`",
            ),
            (
                &[("LEADLINE__STORE__URL_FILE", "/nowhere/url")],
                "`LEADLINE__STORE__URL_FILE` names /nowhere/url",
            ),
            (
                &[("LEADLINE__RETENTION__CLICKS_DAYS__HUMAN", "99999")],
                "`retention.clicks_days`",
            ),
        ],
    );
    assert!(!data.exists(), "nothing was made");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("master.key"), "hunter2").unwrap();
    refused_alike(&data, &[(&[], "master.key holds no key")]);
}

#[test]
fn a_check_names_geo_files_that_a_start_only_warns_of() {
    let dir = tempfile::tempdir().unwrap();
    let places = concat!(env!("CARGO_MANIFEST_DIR"), "/config/demo-places.mmdb");
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    for (key, file, problem) in [
        (
            "LEADLINE__GEO__DATABASE",
            "/nowhere.mmdb",
            "`geo.database` is \"/nowhere.mmdb\"; it cannot be read",
        ),
        (
            "LEADLINE__GEO__DATABASE",
            readme,
            "it is cut off or damaged",
        ),
        (
            "LEADLINE__GEO__ASN_DATABASE",
            places,
            "use a database of AS numbers",
        ),
    ] {
        let check = run(dir.path(), &["config", "check"], &[(key, file)]);
        assert_eq!(code(&check), 78, "{}", printed(&check));
        assert!(
            printed(&check).contains(problem),
            "{problem}: {}",
            printed(&check)
        );
    }
    let good = run(
        dir.path(),
        &["config", "check"],
        &[("LEADLINE__GEO__DATABASE", places)],
    );
    assert_eq!(code(&good), 0, "{}", printed(&good));
    let list = "list: config/robots/forms.txt: isbot 5.2.3 (npm) of 2026-11-09, ";
    assert!(printed(&good).contains(list), "{}", printed(&good));
}

#[test]
fn passwords_are_never_printed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("redis");
    std::fs::write(&file, "redis://app:hunter2@127.0.0.1:1/0\n").unwrap();
    for url in [
        "postgres://leadline:hunter2@127.0.0.1:1/d",
        "postgres://leadline@127.0.0.1:1/d?password=hunter2&sslmode=prefer",
    ] {
        let environment = [
            ("LEADLINE__STORE__URL", url),
            ("LEADLINE__LOG__URL_FILE", file.to_str().unwrap()),
            ("LEADLINE__TELEMETRY__FILTER", "debug"),
        ];
        let check = run(dir.path(), &["config", "check"], &environment);
        assert_eq!(code(&check), 0, "{}", printed(&check));
        let text = printed(&check);
        assert!(
            text.contains("hidden") && text.contains("redis://app:hidden@"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_variable_that_means_nothing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let environment = [
        ("LEADLINE_PUBLIC_URL", "https://go.example"),
        ("LEADLINE_PORT", "tcp://10.0.0.1:80"),
    ];
    let check = run(dir.path(), &["config", "check"], &environment);
    let text = printed(&check);
    assert_eq!(code(&check), 0, "{text}");
    assert!(
        text.contains("`LEADLINE_PUBLIC_URL` has no effect"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `LEADLINE__SERVER__PUBLIC_URL`?"),
        "{text}"
    );
    assert!(!text.contains("LEADLINE_PORT"), "{text}");
}
