use std::collections::{BTreeMap, BTreeSet};

use super::source::{self, SourceFile};

/// Cycles that are still there. Whoever breaks one takes it off this list; none may be added.
const KNOWN: &[&[&str]] = &[];

/// Folders in which a few neighbours are one thing in several files, such as a reader of three APIs and
/// the reader of each. In every other folder the files use each other in one direction too.
const CLOSE_NEIGHBOURS: &[&str] = &["completion/load", "delivery", "json", "mapping", "proxy"];

/// Which module names which, with the places where it does.
#[derive(Default)]
struct Graph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    fn add(&mut self, from: &str, to: &str, place: impl FnOnce() -> String) {
        self.edges.entry(to.to_owned()).or_default();
        let targets = self.edges.entry(from.to_owned()).or_default();
        if from != to {
            targets.entry(to.to_owned()).or_insert_with(place);
        }
    }

    /// Every group of modules each of which leads to all the others.
    fn cycles(&self) -> BTreeSet<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .edges
            .keys()
            .map(|from| (from.as_str(), self.reached(from)))
            .collect();
        let group = |module: &str| -> BTreeSet<&str> {
            let back = |other: &&str| reached[other].contains(module);
            reached[module].iter().copied().filter(back).collect()
        };
        reached
            .keys()
            .map(|module| group(module))
            .filter(|group| !group.is_empty())
            .collect()
    }

    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for to in self.edges.get(module).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to.as_str()) {
                    open.push(to);
                }
            }
        }
        reached
    }

    /// The places that make up a cycle, one a line.
    fn places(&self, cycle: &BTreeSet<&str>) -> String {
        let mut lines = Vec::new();
        for from in cycle {
            for (to, place) in &self.edges[*from] {
                if cycle.contains(to.as_str()) {
                    lines.push(format!("  {place}: {from} names {to}"));
                }
            }
        }
        lines.join("\n")
    }
}

/// The top-level modules use each other in one direction.
#[test]
fn top_level_modules_form_no_cycle() {
    let files = source::library();
    let graph = top_level(files);
    assert!(
        graph.edges["mapping"].contains_key("json"),
        "the graph was not read"
    );
    let known: BTreeSet<BTreeSet<&str>> = KNOWN
        .iter()
        .map(|cycle| cycle.iter().copied().collect())
        .collect();
    let found = graph.cycles();
    let new: Vec<String> = found
        .difference(&known)
        .map(|cycle| format!("a cycle among {cycle:?}:\n{}", graph.places(cycle)))
        .collect();
    assert!(new.is_empty(), "\n{}\n", new.join("\n"));
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "no cycle any more, take it off the list of known ones: {gone:?}"
    );
}

/// So do the files of each folder but those named above. A module and its own parts are one thing here.
#[test]
fn modules_within_a_folder_form_no_cycle() {
    let files = source::library();
    let graphs = inside(files);
    let mut found = Vec::new();
    for folder in ["cli", "inspector", "inspector/windows"] {
        let graph = graphs.get(folder);
        let has_edges = graph.is_some_and(|graph| graph.edges.values().any(|to| !to.is_empty()));
        assert!(has_edges, "the graph of {folder} was not read");
    }
    for (folder, graph) in &graphs {
        if CLOSE_NEIGHBOURS.contains(&folder.as_str()) {
            continue;
        }
        for cycle in graph.cycles() {
            found.push(format!(
                "in {folder}, a cycle among {cycle:?}:\n{}",
                graph.places(&cycle)
            ));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// What the inspector's model is made of does not know the model: neither what it is drawn with, nor keys,
/// nor what is loaded. Panes and windows act on the model, and only on each other through it.
#[test]
fn the_inspectors_model_stands_on_what_does_not_know_it() {
    let allowed: &[(&str, &[&str])] = &[
        ("ui", &["ui"]),
        ("keys", &["keys", "ui"]),
        ("library", &["library", "ui", "keys"]),
        ("current", &["current", "library", "ui", "keys"]),
    ];
    let mut found = Vec::new();
    for file in source::library() {
        let [root, room, ..] = file.module.as_slice() else {
            continue;
        };
        let Some((_, may_name)) = allowed.iter().find(|(own, _)| own == room) else {
            continue;
        };
        for named in file.paths.iter().filter(|_| root == "inspector") {
            if let [_, inspector, item, ..] = named.segments.as_slice()
                && inspector == "inspector"
                && !may_name.contains(&item.as_str())
            {
                let path = named.segments.join("::");
                found.push(format!("{}:{}: {path}", file.path, named.line));
            }
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The inspector takes route, size and bytes of an event from the one preparation, for the destination in
/// force, and never works them out on its own.
#[test]
fn the_inspector_shows_what_is_prepared() {
    let mut found = Vec::new();
    for file in source::library() {
        if file.module.first().is_none_or(|top| top != "inspector") {
            continue;
        }
        for named in &file.paths {
            let [.., module, item] = named.segments.as_slice() else {
                continue;
            };
            if module == "privacy" && item == "apply" {
                found.push(format!("{}:{}: {module}::{item}", file.path, named.line));
            }
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn top_level(files: &[SourceFile]) -> Graph {
    let exports = root_exports(files);
    let mut graph = Graph::default();
    for file in files {
        let Some(from) = file.module.first() else {
            continue;
        };
        for named in &file.paths {
            if let [root, item, ..] = named.segments.as_slice()
                && root == "crate"
            {
                let to = exports.get(item).unwrap_or(item);
                graph.add(from, to, || format!("{}:{}", file.path, named.line));
            }
        }
    }
    graph
}

/// `lib.rs` names items of the modules as its own; what uses them there uses the modules.
fn root_exports(files: &[SourceFile]) -> BTreeMap<String, String> {
    let root = files.iter().find(|file| file.module.is_empty());
    let named = root.into_iter().flat_map(|file| &file.paths);
    named
        .filter(|named| named.segments.len() > 1)
        .filter_map(|named| Some((named.segments.last()?.clone(), named.segments[0].clone())))
        .filter(|(item, module)| item != module)
        .collect()
}

fn inside(files: &[SourceFile]) -> BTreeMap<String, Graph> {
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for file in files {
        for depth in 1..file.module.len() {
            let folder = file.module[..depth].join("/");
            let from = &file.module[depth];
            let graph = graphs.entry(folder).or_default();
            for named in &file.paths {
                let [root, rest @ ..] = named.segments.as_slice() else {
                    continue;
                };
                if root == "crate"
                    && rest.len() > depth
                    && rest[..depth] == file.module[..depth]
                    && is_module(files, &rest[..=depth])
                {
                    graph.add(from, &rest[depth], || {
                        format!("{}:{}", file.path, named.line)
                    });
                }
            }
        }
    }
    graphs
}

fn is_module(files: &[SourceFile], path: &[String]) -> bool {
    files.iter().any(|file| file.module.starts_with(path))
}

/// A cycle is found, whatever its length, and what only hangs on to it is not part of it.
#[test]
fn cycles_are_found() {
    let mut graph = Graph::default();
    for (from, to) in [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("e", "a"),
        ("f", "f"),
    ] {
        graph.add(from, to, String::new);
    }
    let expected: BTreeSet<&str> = ["a", "b", "c"].into();
    assert_eq!(graph.cycles(), [expected].into());
}
