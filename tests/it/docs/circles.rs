//! Import circles between files: files that cannot be read or moved one without the other.
//!
//! # Invariants
//! - An edge leads from a file to every file that it names in a path: `use crate::…`,
//!   `super::…`, `self::…`, or a path in its code. A name that a module file re-exports is that
//!   file's.
//! - Unit tests have no edges.

use std::collections::{BTreeMap, BTreeSet};

use super::floors::{Source, shipped, sources};

/// A module's path below the crate, such as `["store", "click"]`.
type Module = Vec<String>;

/// The modules that each module names.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

fn module(source: &Source) -> Module {
    let mut path = source.inside();
    path.set_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| part != "lib").collect()
}

/// The paths that a `use` tree holds.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((front, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.trim().to_owned()];
    };
    let group = group.rsplit_once('}').map_or(group, |(inside, _)| inside);
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    let paths = parts.flat_map(|part| expand(part));
    paths.map(|path| format!("{front}{path}")).collect()
}

/// Every path in the code that has two parts at least, imports included.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        match statement.rsplit_once("use ") {
            Some((before, tree)) if before.is_empty() || before.ends_with(['\n', ' ', '\t']) => {
                let tree = tree.trim_end_matches(';');
                paths.extend(expand(&tree.replace('\n', " ")));
                rest.push_str(before);
            }
            _ => rest.push_str(statement),
        }
    }
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = rest.split(|c| !is_path(c));
    paths.extend(words.filter(|word| word.contains("::")).map(str::to_owned));
    paths
}

/// The code without the places that `pub(in …)` names: these are no imports.
fn without_visibility(code: &str) -> String {
    let mut parts = code.split("pub(in ");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    rest.fold(first, |code, part| code + "pub" + part)
}

/// The module that a path leads to, seen from `from`, as far as there are files.
fn target(from: &Module, path: &str, known: &BTreeSet<Module>) -> Option<Module> {
    let mut parts = path
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .peekable();
    let mut at = match *parts.peek()? {
        "crate" => {
            parts.next();
            Module::new()
        }
        "self" => {
            parts.next();
            from.clone()
        }
        "super" => {
            let mut at = from.clone();
            while parts.next_if_eq(&"super").is_some() {
                at.pop();
            }
            at
        }
        // A child module by its bare name.
        _ => from.clone(),
    };
    let mut found = false;
    for part in parts {
        at.push(part.to_owned());
        if !known.contains(&at) {
            at.pop();
            break;
        }
        found = true;
    }
    let is_named = path.starts_with("crate::") || path.starts_with("super::");
    (found || is_named)
        .then_some(at)
        .filter(|at| !at.is_empty() && at != from)
}

fn graph() -> Graph {
    let sources = sources();
    let known: BTreeSet<Module> = sources.iter().map(module).collect();
    let edges = |source: &Source| {
        let from = module(source);
        let targets = paths(&without_visibility(&shipped(&source.text)));
        let targets = targets
            .iter()
            .filter_map(|path| target(&from, path, &known));
        (from.clone(), targets.collect())
    };
    sources
        .iter()
        .filter(|source| !source.is_tests())
        .map(edges)
        .collect()
}

/// Modules that can be reached from `from`.
fn reachable(graph: &Graph, from: &Module) -> BTreeSet<Module> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(at) = open.pop() {
        for next in graph.get(at).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    seen
}

/// The circles: modules that all reach each other.
fn circles(graph: &Graph) -> Vec<BTreeSet<Module>> {
    let reach: BTreeMap<&Module, BTreeSet<Module>> = graph
        .keys()
        .map(|from| (from, reachable(graph, from)))
        .collect();
    let mut circles: Vec<BTreeSet<Module>> = Vec::new();
    for (from, seen) in &reach {
        if seen.contains(*from) && !circles.iter().any(|circle| circle.contains(*from)) {
            let back = |other: &&Module| reach.get(other).is_some_and(|of| of.contains(*from));
            circles.push(seen.iter().filter(back).cloned().collect());
        }
    }
    circles
}

#[test]
fn files_do_not_import_each_other() {
    let circles = circles(&graph());
    let shown: Vec<String> = circles
        .iter()
        .map(|circle| {
            let names: Vec<String> = circle.iter().map(|module| module.join("/")).collect();
            names.join(" ")
        })
        .collect();
    assert!(
        shown.is_empty(),
        "move what they share into a file of its own:\n{}",
        shown.join("\n")
    );
}

#[test]
fn the_checker_sees_circles() {
    assert_eq!(
        expand("crate::{clock::Millis, store::{self, Tx as T}}"),
        [
            "crate::clock::Millis",
            "crate::store::self",
            "crate::store::Tx"
        ]
    );
    let known = BTreeSet::from([
        vec!["store".to_owned()],
        vec!["store".to_owned(), "click".to_owned()],
    ]);
    let click = vec!["store".to_owned(), "click".to_owned()];
    let store = vec!["store".to_owned()];
    assert_eq!(target(&click, "super::Tx", &known), Some(store.clone()));
    assert_eq!(target(&store, "click::all", &known), Some(click.clone()));
    assert_eq!(target(&store, "Vec::new", &known), None);
    assert_eq!(
        without_visibility("pub(in crate::store) fn x()"),
        "pub fn x()"
    );
    let graph = Graph::from([
        (store.clone(), BTreeSet::from([click.clone()])),
        (click.clone(), BTreeSet::from([store.clone()])),
    ]);
    assert_eq!(circles(&graph), [BTreeSet::from([store, click])]);
}
