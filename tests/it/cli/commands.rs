//! The command line, as scripts and people use it.

mod errors;
mod help;
mod money;
mod nouns;
mod shells;

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::app::TestApp;

fn leadline(dir: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leadline"))
        .args(arguments)
        .env("LEADLINE__DATA__DIR", dir)
        .env_remove("LEADLINE_KEY")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_key_is_printed_alone_listed_without_its_token_and_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let nowhere = leadline(&data, &["key", "create"]);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no store at"));
    assert!(!data.exists(), "a key in the wrong folder makes nothing");
    assert!(leadline(&data, &["migrate"]).status.success());
    let token = out(&leadline(
        &data,
        &["key", "create", "--scopes", "read,convert"],
    ));
    assert!(
        token.starts_with("ll_") && token.trim().len() > 40,
        "{token}"
    );
    assert_eq!(token.lines().count(), 1);
    let list = out(&leadline(&data, &["key", "list"]));
    assert!(
        list.contains("read, convert") && !list.contains(token.trim()),
        "{list}"
    );
    let id = list
        .split_whitespace()
        .rfind(|word| word.starts_with("key_"))
        .unwrap();
    assert!(leadline(&data, &["key", "revoke", id]).status.success());
    let again = leadline(&data, &["key", "revoke", id]);
    assert!(!again.status.success());
    let publishable = out(&leadline(&data, &["key", "create", "--scopes", "lead"]));
    assert!(publishable.starts_with("ll_pub_"), "{publishable}");
    let wrong = leadline(&data, &["key", "create", "--scopes", "everything"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("read, write, convert, lead or admin"));
}

#[test]
fn rates_are_loaded_into_the_store_itself_and_what_is_no_list_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let file = dir.path().join("eurofxref.csv");
    let name = file.to_str().unwrap();
    std::fs::write(
        &file,
        "Date, USD, JPY, \n24 November 2026, 1.0521, 163.20, \n",
    )
    .unwrap();
    let nowhere = leadline(&data, &["rates", "import", name]);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no store at"));
    assert!(leadline(&data, &["migrate"]).status.success());
    for counts in [
        "2 new, 0 changed, 0 unchanged",
        "0 new, 0 changed, 2 unchanged",
    ] {
        let told = out(&leadline(&data, &["rates", "import", name]));
        let begin = "Rates of 2 currencies from 2026-11-24 to 2026-11-24: ";
        assert_eq!(told, format!("{begin}{counts}\n"));
    }
    let list = out(&leadline(&data, &["rates", "list"]));
    let last: Vec<&str> = list.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["USD", "2026-11-24", "2026-11-24", "1"]);
    std::fs::write(&file, "Date,USD\n2026-11-24,1.05\nyesterday,1.05\n").unwrap();
    let refused = leadline(&data, &["rates", "import", name]);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && told.contains("line 3 begins with \"yesterday\""),
        "{told}"
    );
}

#[test]
fn networks_config_and_description_need_no_server() {
    let dir = tempfile::tempdir().unwrap();
    let networks = out(&leadline(dir.path(), &["networks"]));
    assert!(networks.contains("280 weighted"), "{networks}");
    assert!(
        networks.lines().all(|line| line.chars().count() <= 100),
        "{networks}"
    );
    let config = out(&leadline(dir.path(), &["config", "check"]));
    assert!(config.contains("listen = \"127.0.0.1:8080\""), "{config}");
    let description = out(&leadline(dir.path(), &["openapi"]));
    assert!(
        description.starts_with("{\n  \"openapi\": \"3."),
        "{description:.60}"
    );
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    assert!(leadline(dir.path(), &["migrate"]).status.success());
    assert!(dir.path().join("leadline.db").exists());
}

#[test]
fn mistakes_are_told_with_their_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let output = leadline(dir.path(), arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told(&["report", "spring"]).contains("leadline key create"));
    let nobody = told(&[
        "report",
        "spring",
        "--server",
        "http://127.0.0.1:9",
        "--key",
        "ll_x",
    ]);
    assert!(nobody.contains("is the server running"), "{nobody}");
}

/// Runs a command that speaks to a server.
async fn served(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command
        .args(arguments)
        .env("LEADLINE_SERVER", &app.base)
        .env("LEADLINE_KEY", &app.key);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn campaign_link_conversion_and_report_speak_to_the_server() {
    let app = TestApp::spawn().await;
    let run = async |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        out(&served(&app, &arguments).await)
    };
    let made = run(
        "campaign create Spring --goal leads=40 --currency EUR --ends-at 2030-01-01 --url https://shop.example/lamp \
         --networks x,facebook",
    )
    .await;
    assert!(
        made.contains("spring") && made.contains("facebook  http://"),
        "{made}"
    );
    let linked = run(
        "link create https://shop.example/lamp --campaign Spring --networks linkedin \
         --text Lamp:{link} --utm content=video",
    )
    .await;
    assert!(linked.contains("of 3000 characters"), "{linked}");
    let queued = run(
        "conversion create lead --event-id l1 --customer c-1 --utm campaign=spring --utm source=x",
    )
    .await;
    assert!(queued.contains("will be joined soon"), "{queued}");
    app.drain().await;
    let listed = run("campaign list").await;
    assert!(listed.contains("40 leads"), "{listed}");
    let missed = format!("{}/jXJ0", app.base);
    app.click(&missed, &[]).await;
    app.drain().await;
    let orphans = run("orphans --from 2026-03-10").await;
    assert!(orphans.contains("/jXJ0"), "{orphans}");
    let report = run("report spring").await;
    assert!(report.contains("Conversions joined by: utm 1"), "{report}");
    // The first start prints these commands; what comes after them is credited too.
    run("conversion create sale --event-id s1 --customer c-1 --amount 49.99 --currency EUR").await;
    app.drain().await;
    let again =
        run("conversion create sale --event-id s1 --customer c-1 --amount 49.99 --currency EUR")
            .await;
    assert_eq!(
        again,
        "sale s1 of 49.99 EUR joined by customer_campaign, credited to x\n"
    );
    let other = "conversion create sale --event-id s1 --customer c-1 --amount 9999 --currency EUR";
    let other: Vec<&str> = other.split_whitespace().collect();
    let warned = served(&app, &other).await.stderr;
    let warned = String::from_utf8(warned).unwrap();
    assert!(
        warned.contains("`--amount` was 49.99 EUR and is 9999.00 EUR now"),
        "{warned}"
    );
    let report = run("report spring").await;
    assert!(
        report.contains("Conversions joined by: customer_campaign 1, utm 1"),
        "{report}"
    );
    let shown = run("customer show c-1").await;
    assert!(shown.contains("Known by     c-1"), "{shown}");
    let lifetime = run("customer lifetime --campaign spring").await;
    let x = lifetime.lines().find(|line| line.starts_with("x "));
    assert!(x.is_some_and(|line| line.contains(" 1 ")), "{lifetime}");
    let erased = run("person erase --customer c-1").await;
    assert!(
        erased.starts_with("Erased from 2 conversions and 0 clicks"),
        "{erased}"
    );
    assert_eq!(run("report spring").await, report);
    for line in [&report, &listed, &orphans, &erased, &shown, &lifetime]
        .iter()
        .flat_map(|it| it.lines())
    {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_narrowed_compared_and_handed_on_as_tables() {
    let app = TestApp::spawn().await;
    let run = async |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        out(&served(&app, &arguments).await)
    };
    let campaign = app.campaign("Spring").await;
    app.links(&campaign, &["x", "facebook", "linkedin"]).await;
    let queued = "conversion create lead --event-id l1 --utm campaign=spring --utm source=x";
    run(queued).await;
    app.drain().await;
    let compared =
        run("report spring --only network=x,linkedin --compare Spring --from 2026-03-10").await;
    assert!(compared.contains("Compared with"), "{compared}");
    assert!(!compared.contains("facebook"), "{compared}");
    let whole = run("report --from 2026-03-10 --to 2026-03-10 --compare previous").await;
    let halves: Vec<&str> = whole.matches("All campaigns, 2026-03-").collect();
    assert!(
        halves.len() == 2 && whole.contains("Compared with"),
        "{whole}"
    );
    let table = run("report spring --csv").await;
    let x = table.lines().find(|line| line.starts_with("row,x,"));
    assert!(x.is_some_and(|line| line.contains(",EUR,0.00,")), "{table}");
    app.later(1_000_000);
    let expected = run("expected spring --from 2026-03-10 --to 2026-03-10").await;
    assert!(expected.starts_with("Cannot be told yet"), "{expected}");
    let next = run("next spring").await;
    assert!(next.contains("Nothing to rank yet"), "{next}");
    for line in [&compared, &whole, &expected, &next]
        .iter()
        .flat_map(|it| it.lines())
    {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
