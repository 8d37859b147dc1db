//! Money and engagement at the command line: by option, and by file.

use super::*;

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn costs_are_told_by_row_and_by_file() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.csv");
    let name = file.to_str().unwrap();
    let run = async |arguments: &[&str]| out(&served(&app, arguments).await);
    let day = ["--campaign", "Spring", "--day", "2026-03-10"];
    let money = ["cost", "add", "--network", "x", "--spend", "1,234.50"];
    let added = run(&[&money[..], &day].concat()).await;
    assert!(added.contains("1234.50 EUR"), "{added}");
    let work = ["cost", "add", "--minutes", "90", "--note", "cut the video"];
    let added = run(&[&work[..], &day].concat()).await;
    assert!(added.contains("no rate") && added.contains("90"), "{added}");

    std::fs::write(
        &file,
        "Day,Spend,Reach\n2026-03-10,5.10,7\n2026-03-11,6,8\n",
    )
    .unwrap();
    let import = [
        "cost",
        "import",
        name,
        "--campaign",
        "spring",
        "--network",
        "x",
    ];
    for counts in [
        "2 new, 0 changed, 0 unchanged",
        "0 new, 0 changed, 2 unchanged",
    ] {
        assert_eq!(
            run(&import).await,
            format!("Rows: {counts}; 11.10 EUR in total\n")
        );
    }
    let told = served(&app, &import).await;
    assert!(String::from_utf8_lossy(&told.stderr).contains("These columns were ignored: Reach"));
    std::fs::write(&file, "Day,Spend\n2026-03-10,5.10\nTotal,5.10\n").unwrap();
    let told = served(&app, &import).await;
    let (rows, told) = (
        out(&told),
        String::from_utf8_lossy(&told.stderr).into_owned(),
    );
    assert_eq!(
        rows,
        "Rows: 0 new, 0 changed, 1 unchanged; 5.10 EUR in total\n"
    );
    assert!(
        told.contains("Skipped as sums of the other rows: line 3"),
        "{told}"
    );
    std::fs::write(&file, "Day,Spend\n2026-02-10,70.10\n").unwrap();
    let early = served(&app, &import).await;
    let told = String::from_utf8_lossy(&early.stderr).into_owned();
    let note = "70.10 EUR of costs (on 2026-02-10) are before the period of Spring, so its report excludes \
                them: ask it for an earlier `--from`, or set the campaign's `--starts-at`.";
    assert!(told.contains(note), "{told}");
    let report = run(&["report", "spring"]).await;
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    let note = "· 70.10 EUR of costs (on 2026-02-10) lie before the period and are not in any sum";
    assert!(report.contains(note), "{report}");
    let whole = run(&["report", "spring", "--from", "2026-02-01"]).await;
    assert!(
        whole.contains("1309.70") && !whole.contains("70.10 EUR of costs"),
        "{whole}"
    );
    std::fs::write(&file, "Day,Spend\n2026-03-10,5.10\nyesterday,5.10\n").unwrap();
    let refused = served(&app, &import).await;
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && told.contains("line 3, `day` \"yesterday\" is not a day"),
        "{told}"
    );
    let listed = run(&["cost", "list", "--campaign", "spring"]).await;
    assert_eq!(listed.lines().count(), 2 + 5, "{listed}");
    let id = listed
        .split_whitespace()
        .rfind(|word| word.starts_with("cst_"));
    run(&["cost", "remove", id.unwrap()]).await;
    let listed = run(&["cost", "list"]).await;
    assert_eq!(listed.lines().count(), 3 + 4, "{listed}");
    assert!(listed.starts_with("Spring (spring)\n"), "{listed}");
    let days = listed.lines().filter_map(|line| line.get(..10));
    let days: Vec<&str> = days.filter(|day| day.starts_with("2026-")).collect();
    assert!(days.is_sorted() && days.len() == 4, "{listed}");
    for line in listed.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engagement_is_told_by_file() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.csv");
    let name = file.to_str().unwrap();
    let run = async |arguments: &[&str]| out(&served(&app, arguments).await);
    std::fs::write(&file, "Date,Impressions,Likes\n2026-03-10,\"1,200\",40\n").unwrap();
    let import = [
        "engagement",
        "import",
        name,
        "--campaign",
        "Spring",
        "--network",
        "twitter",
    ];
    assert_eq!(run(&import).await, "Rows: 1 new, 0 changed, 0 unchanged\n");
    let posts = run(&["engagement", "list", "--campaign", "spring"]).await;
    let row: Vec<&str> = posts.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["2026-03-10", "x", "all", "1200", "40"]);
    assert!(row[5..8] == ["–", "–", "–"] && row[8].starts_with("eng_"));
    for line in posts.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let rows = run(&["engagement", "list", "--json"]).await;
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    run(&["engagement", "remove", rows[0]["id"].as_str().unwrap()]).await;
    assert_eq!(run(&["engagement", "list", "--json"]).await, "[]\n");
}

/// Major units wherever a person types money; the API has minor ones.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn money_is_in_major_units_at_every_command() {
    let app = TestApp::spawn().await;
    let run = async |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        out(&served(&app, &arguments).await)
    };
    let refused = async |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let told = served(&app, &arguments).await;
        assert!(!told.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&told.stderr).into_owned()
    };
    let made =
        run("campaign create Spring --goal revenue=1000 --currency EUR --hourly-rate 45.50").await;
    assert!(made.contains("goal 1000.00 EUR revenue"), "{made}");
    let made = run("campaign create Tokyo --goal revenue=1000 --currency JPY").await;
    assert!(made.contains("goal 1000 JPY revenue"), "{made}");
    let campaign = async |name: &str| {
        let found = app.get(&format!("/campaigns?q={name}")).await.body;
        found["campaigns"][0].clone()
    };
    let spring = campaign("Spring").await;
    assert_eq!(spring["goal"]["target"], 100_000);
    assert_eq!(
        spring["hourly_rate"],
        json!({"amount": 4550, "currency": "EUR"})
    );
    assert_eq!(campaign("Tokyo").await["goal"]["target"], 1000);
    for (arguments, why) in [
        (
            "campaign create A --goal revenue=9.50 --currency JPY",
            "more than the 0 places",
        ),
        (
            "campaign create A --goal revenue=1.234 --currency EUR",
            "a thousand times as much",
        ),
        (
            "campaign create A --goal leads=1.5 --currency EUR",
            "write it like leads=40",
        ),
        (
            "campaign create A --goal 40 --currency EUR",
            "write it like leads=40",
        ),
        (
            "campaign edit Spring --hourly-rate 1.234",
            "a thousand times as much",
        ),
        ("campaign edit Spring", "nothing to change"),
        (
            "conversion create sale --event-id s0 --amount 4.999 --currency EUR",
            "a thousand times as much",
        ),
    ] {
        let told = refused(arguments).await;
        assert!(told.contains(why), "{arguments}: {told}");
    }
    let edited = run("campaign edit Spring --hourly-rate 60 --lead-window-days 7").await;
    assert!(
        edited.contains("an hour of work costs 60.00 EUR"),
        "{edited}"
    );
    let edited = run("campaign edit Spring --hourly-rate none --goal leads=40").await;
    assert!(
        edited.contains("goal 40 leads, an hour of work has no rate"),
        "{edited}"
    );
    let spring = campaign("Spring").await;
    assert_eq!(
        (&spring["lead_window_days"], &spring["hourly_rate"]),
        (&json!(7), &Value::Null)
    );
    let sale = run("conversion create sale --event-id s1 --amount 49.90 --currency EUR").await;
    assert!(sale.starts_with("s1 of 49.90 EUR is durable"), "{sale}");
    app.drain().await;
    let again = run("conversion create sale --event-id s1 --amount 49.90 --currency EUR").await;
    assert!(
        again.starts_with("sale s1 of 49.90 EUR joined by none"),
        "{again}"
    );
    let all = run("report").await;
    let line = all.lines().find(|line| line.starts_with("in no campaign"));
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    assert!(
        words.windows(2).any(|pair| pair == ["EUR", "49.90"]),
        "{all}"
    );
    for line in all.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let table = run("report --csv").await;
    let line = table.lines().find(|line| line.starts_with("unattributed,"));
    assert!(
        line.is_some_and(|line| line.contains(",EUR,49.90,0.00,49.90,")),
        "{table}"
    );
}

/// A preview shows how each column is read; what it refuses, the same command mends with an option.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_previewed_mapped_and_imported() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.csv");
    let name = file.to_str().unwrap();
    let text = "Rapporto\n\nGiorno;Nome;Spesa (EUR);Clic\n2026-09-01;Spring;1.234,50;7\n\
                2026-09-02;Spring;--;0\nTotale;;1.234,50;7\n";
    std::fs::write(&file, text).unwrap();
    let import = ["cost", "import", name, "--network", "google"];
    let refused = served(&app, &import).await;
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        told.contains("line 3 has \"Giorno\"") && told.contains("--column"),
        "{told}"
    );

    let columns = [
        "--column",
        "day=Giorno",
        "--column",
        "campaign=Nome",
        "--column",
        "cost=Spesa",
    ];
    let tried = served(&app, &[&import[..], &columns, &["--dry-run"]].concat()).await;
    let told = String::from_utf8_lossy(&tried.stderr).into_owned();
    let shown = out(&tried);
    for part in [
        "header in line 3",
        "decimal mark comma",
        "Spesa (EUR)",
        "1.234,50",
        "stored: 1 new",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        told.contains("because its figures are not reported: line 5"),
        "{told}"
    );
    assert!(told.contains("as sums of the other rows: line 6"), "{told}");
    assert!(
        out(&served(&app, &["cost", "list"]).await).lines().count() < 3,
        "nothing was kept"
    );

    let kept = served(&app, &[&import[..], &columns].concat()).await;
    assert_eq!(
        out(&kept),
        "Rows: 1 new, 0 changed, 0 unchanged; 1234.50 EUR in total\n"
    );
    let again = served(&app, &import).await;
    assert_eq!(
        out(&again),
        "Rows: 0 new, 0 changed, 1 unchanged; 1234.50 EUR in total\n"
    );
    let wrong = served(&app, &[&import[..], &["--column", "colour=Nome"]].concat()).await;
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("not a column that can be mapped"), "{told}");
}
