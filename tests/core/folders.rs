//! Paths as users give them: folders, pairs of files, links in a circle, pipes, files that may not be read.
use std::fs;
use std::path::{Path, PathBuf};

use rainscope::completion::load::{self, Loaded};
use rainscope::source;

use crate::support::grows_with_size;

const RESPONSE: &str = r#"{"id":"gen-1","model":"a/b","choices":[]}"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_paths(paths: &[PathBuf]) -> Loaded {
    source::load_all(paths)
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded
        .completions
        .iter()
        .map(|completion| completion.name.as_str())
        .collect()
}

/// Problems without the folder before the file's name.
fn problems(loaded: &Loaded, folder: &Path) -> Vec<String> {
    let prefix = format!("{}/", folder.display());
    let say =
        |problem: &rainscope::completion::load::Problem| problem.to_string().replace(&prefix, "");
    loaded.problems.iter().map(say).collect()
}

#[test]
fn a_folder_is_walked_and_its_pairs_are_found() {
    let folder = folder(&[
        ("b/two.response.json", RESPONSE),
        ("b/two.request.json", r#"{"model":"a/b","user":"u"}"#),
        ("a.json", RESPONSE),
        (
            "c.response.sse",
            "data: {\"id\":\"gen-2\",\"choices\":[]}\n\ndata: [DONE]\n",
        ),
        ("c.request.json", r#"{"model":"a/b"}"#),
        (
            "c.generation.json",
            r#"{"data":{"id":"gen-2","generation_time":5}}"#,
        ),
        ("many.ndjson", &format!("{RESPONSE}\n{RESPONSE}\n")),
        ("notes.txt", "Words for people"),
        ("settings.json", r#"{"colour":"blue"}"#),
        (".hidden.json", "{"),
    ]);
    let loaded = load_paths(&[folder.path().to_owned()]);
    assert_eq!(problems(&loaded, folder.path()), Vec::<String>::new());
    assert_eq!(names(&loaded), ["a", "two", "c", "many #1", "many #2"]);
    assert_eq!(loaded.notes.len(), 2, "{:?}", loaded.notes);
    // Named alone, a file of a pair finds its partners; named twice, it is one completion.
    let file = |name: &str| folder.path().join(name);
    let loaded = load_paths(&[
        file("c.request.json"),
        file("c.response.sse"),
        file("./b/../c.response.sse"),
        file("b/two.response.json"),
    ]);
    assert_eq!(names(&loaded), ["c", "two"]);
    assert!(
        loaded
            .completions
            .iter()
            .all(|completion| completion.request().is_some())
    );
    assert!(loaded.completions[0].generation().is_some());
    // A file that was named, and is nothing we know, is a problem.
    let loaded = load_paths(&[
        file("settings.json"),
        file("notes.txt"),
        file("missing.json"),
    ]);
    let problems = problems(&loaded, folder.path());
    assert!(
        problems[1].starts_with("settings.json:1:1: an object with `colour`; expected"),
        "{problems:?}"
    );
    assert!(
        problems[2].starts_with("notes.txt:1:1: a line of text without JSON"),
        "{problems:?}"
    );
    assert!(
        problems[0].starts_with("missing.json: no such file or folder"),
        "{problems:?}"
    );
}

/// Two pairs may share a file by a link; each is a completion.
#[test]
fn pairs_that_share_a_file_are_two() {
    let folder = folder(&[
        ("a.request.json", r#"{"model":"a/b","user":"u"}"#),
        ("a.response.json", RESPONSE),
        ("b.response.json", RESPONSE),
    ]);
    let file = |name: &str| folder.path().join(name);
    std::fs::hard_link(file("a.request.json"), file("b.request.json")).unwrap();
    let loaded = load_paths(&[file("a.request.json"), file("b.request.json")]);
    assert_eq!(names(&loaded), ["a", "b"]);
}

/// A request that was answered as a whole and as a stream is two completions, whichever file is named.
#[test]
fn of_two_responses_to_a_request_none_is_lost() {
    let folder = folder(&[
        ("x.request.json", r#"{"model":"a/b","user":"u"}"#),
        ("x.response.json", RESPONSE),
        (
            "x.response.sse",
            "data: {\"id\":\"gen-2\",\"choices\":[]}\n\ndata: [DONE]\n",
        ),
    ]);
    let file = |name: &str| folder.path().join(name);
    for path in [
        folder.path().to_owned(),
        file("x.request.json"),
        file("x.response.json"),
        file("x.response.sse"),
    ] {
        let loaded = load_paths(std::slice::from_ref(&path));
        assert_eq!(names(&loaded), ["x", "x (stream)"], "{}", path.display());
        let ids = loaded.completions.iter().map(|completion| {
            assert!(completion.request().is_some());
            let id = completion
                .response()
                .and_then(|response| response.get("id"));
            id.and_then(|id| id.str()).map(|id| id.into_owned())
        });
        let ids: Vec<_> = ids.map(Option::unwrap_or_default).collect();
        assert_eq!(ids, ["gen-1", "gen-2"]);
    }
}

/// File systems know names that are not UTF-8; their files belong together as others do.
#[cfg(target_os = "linux")]
#[test]
fn a_pair_is_known_by_names_that_are_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &[u8]| folder.path().join(std::ffi::OsStr::from_bytes(name));
    for stem in [b"a\xff", b"a\xfe"] {
        let request = [&stem[..], b".request.json"].concat();
        fs::write(file(&request), r#"{"model":"a/b","user":"u"}"#).unwrap();
        let response = [&stem[..], b".response.json"].concat();
        fs::write(file(&response), RESPONSE).unwrap();
    }
    let loaded = load_paths(&[folder.path().to_owned()]);
    let requests = loaded.completions.iter().map(|one| one.request().is_some());
    assert_eq!(requests.collect::<Vec<_>>(), [true, true]);
}

#[test]
fn a_broken_part_of_a_pair_leaves_the_others() {
    let folder = folder(&[
        ("x.request.json", "{\n\"model\": }"),
        ("x.response.json", RESPONSE),
        ("y.request.json", r#"{"model":"a/b"}"#),
        (
            "y.response.sse",
            "data: {\"id\":\"gen-1\",\"choices\":[]}\n\ndata: {\"id",
        ),
    ]);
    let loaded = load_paths(&[folder.path().to_owned()]);
    assert_eq!(names(&loaded), ["x", "y"]);
    let problems = problems(&loaded, folder.path());
    assert_eq!(
        problems[0],
        "x.request.json:2:10: found }; expected a JSON value"
    );
    assert!(
        problems[1].starts_with("y.response.sse:3:11: a chunk of the stream is broken"),
        "{problems:?}"
    );
}

/// Whoever names a folder does not mean what lies elsewhere: the conversations of whoever checks a repository out.
#[cfg(unix)]
#[test]
fn links_out_of_a_folder_are_not_followed() {
    use std::os::unix::fs::symlink;

    let all = folder(&[
        ("in/a.json", RESPONSE),
        ("in/deep/b.json", RESPONSE),
        ("out/c.json", RESPONSE),
        ("in-beside/d.json", RESPONSE),
    ]);
    let inner = all.path().join("in");
    symlink("../../out", inner.join("deep/folder")).unwrap();
    symlink(all.path().join("out/c.json"), inner.join("file.json")).unwrap();
    symlink("../in-beside/d.json", inner.join("z.request.json")).unwrap();
    symlink("deep/b.json", inner.join("again.json")).unwrap();
    let loaded = load_paths(std::slice::from_ref(&inner));
    assert_eq!(names(&loaded), ["a", "again", "b"]);
    assert_eq!(loaded.problems, []);
    let notes: Vec<String> = loaded.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("in/deep/folder: a link that leads out of the folder, as 2 more do"),
        "{notes:?}"
    );
    // What is named is read, link or not.
    let named = load_paths(&[inner.join("deep/folder"), inner.join("file.json")]);
    assert_eq!(names(&named), ["c", "file"]);
    assert_eq!(named.notes, []);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let folder = folder(&[("a/one.json", RESPONSE)]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/again")).unwrap();
    std::os::unix::fs::symlink("self", folder.path().join("self")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("broken.json")).unwrap();
    let loaded = load_paths(&[folder.path().to_owned()]);
    assert_eq!(names(&loaded), ["one"]);
    let problems = problems(&loaded, folder.path());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with("broken.json: no such file"),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with("self: not readable"),
        "{problems:?}"
    );
}

/// Reading a device may never end.
#[cfg(unix)]
#[test]
fn devices_are_named_and_not_read() {
    for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
        let loaded = load_paths(&[device.into()]);
        let says: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let expected = "a device; pass `-` and redirect it to standard input";
        assert_eq!(says, [format!("{device}: {expected}")]);
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_unreadable_files_are_named_and_nothing_waits() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("ok.json", RESPONSE), ("secret.json", RESPONSE)]);
    let pipe = folder.path().join("pipe.json");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    let secret = folder.path().join("secret.json");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let is_refused = fs::read(&secret).is_err();
    for paths in [
        vec![folder.path().to_owned()],
        vec![pipe, secret, folder.path().join("ok.json")],
    ] {
        let loaded = load_paths(&paths);
        assert!(names(&loaded).contains(&"ok"));
        let problems = problems(&loaded, folder.path());
        assert!(
            problems[0].starts_with("pipe.json: a named pipe; pass `-`"),
            "{problems:?}"
        );
        if is_refused {
            assert!(
                problems[1].starts_with("secret.json: not readable: permission denied"),
                "{problems:?}"
            );
        }
    }
}

#[test]
fn a_folder_gives_what_its_files_give_one_by_one_whatever_their_format() {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let folder = tempfile::tempdir().unwrap();
    let mut alone = 0;
    for kind in fs::read_dir(inputs).unwrap() {
        let kind = kind.unwrap();
        for file in fs::read_dir(kind.path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            // A part of a pair finds the others wherever it is named.
            if name.ends_with(".expected.json") || load::role_of(&name).is_some() {
                continue;
            }
            let kind = kind.file_name().into_string().unwrap();
            fs::copy(file.path(), folder.path().join(format!("{kind} {name}"))).unwrap();
            alone += load_paths(&[file.path()]).completions.len();
        }
    }
    assert!(alone > 100, "{alone}");
    let together = load_paths(&[folder.path().to_owned()]);
    assert_eq!(together.completions.len(), alone, "{:?}", together.notes);
}

/// A repository is full of files that hold no completion, some of them broken: that is no problem of whoever points at it.
/// What shows that a completion was recorded in it is one.
#[test]
fn what_a_repository_holds_beside_completions_is_no_problem() {
    let broken_readme = "# It\n\n```json\n{\"messages\": [...], \"model\": \"a/b\"}\n```\n\n```python\nresponse = {\"choices\": [\n```\n";
    let cassette = "# Recording\n\n```yaml\nhttp_interactions:\n- request:\n    method: post\n    uri: https://openrouter.ai/api/v1/chat/completions\n    body:\n      string: '{\"messages\":[...]}'\n  response:\n    status:\n      code: 200\n    body:\n      string: '{\"choices\":[{\"message\":{\"content\":\"...\"}}]}'\n```\n";
    let files = [
        ("a.json", RESPONSE),
        ("README.md", broken_readme),
        ("docs/recording.md", cassette),
        ("tsconfig.json", "{\n  // strict\n  \"strict\": true,\n}"),
        ("data/cut.json", "[1,2,3,{\"a\":"),
        ("data/rows.ndjson", "{\"a\":1}\n{\"a\":\n{\"a\":3}\n"),
        ("templates/base.html", "{% block %}\n<p>{{ \"a\" }</p>\n"),
        (
            "tests/test_api.py",
            "import json\nimport os\n\nBODY = {\"choices\": [\n",
        ),
    ];
    let repository = folder(&files);
    let loaded = load_paths(&[repository.path().to_owned()]);
    assert_eq!(problems(&loaded, repository.path()), Vec::<String>::new());
    assert_eq!(names(&loaded), ["a"]);
    assert!(loaded.notes.len() >= files.len() - 2, "{:?}", loaded.notes);
    for (name, text) in [
        ("cut.json", "{\"id\":\"gen-1\",\"choices\":[{\"mess"),
        ("rows.ndjson", "{\"a\":1}\n{\"request\":{\"messages\":[\n"),
        (
            "out.txt",
            "HTTP/1.1 200 OK\nContent-Type: application/json\nX-Generation-Id: gen-1780662787-HsCxAbCdEfGhIjKlMnOp\n\n{\"id\":\"gen-1780662787-HsCxAbCdEfGhIjKlMnOp\",\"choices\":[{\"mess",
        ),
        (
            "app.log",
            "INFO response {\"id\":\"gen-1780662787-HsCxAbCdEfGhIjKlMnOp\",\"choices\":[\n",
        ),
    ] {
        let recorded = folder(&[("a.json", RESPONSE), (name, text)]);
        let loaded = load_paths(&[recorded.path().to_owned()]);
        assert_ne!(
            problems(&loaded, recorded.path()),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

/// Folders within each other are walked however deep they lie, whatever stack there is: the one here has no room for a call
/// each. A folder of many files takes time by how many they are. (The system looks at each folder of a path, so a path of
/// 1,900 takes seconds to be made.)
#[test]
fn folders_may_be_as_deep_and_as_large_as_they_like() {
    const LEVELS: usize = 300;
    let deep = tempfile::tempdir().unwrap();
    let mut levels = vec![deep.path().to_owned()];
    for _ in 0..LEVELS {
        let next = levels[levels.len() - 1].join("d");
        fs::create_dir(&next).unwrap();
        levels.push(next);
    }
    let file = levels[LEVELS].join("a.json");
    fs::write(&file, RESPONSE).unwrap();
    let root = deep.path().to_owned();
    let walk = move || {
        let loaded = load_paths(&[root]);
        (loaded.completions.len(), loaded.problems.len())
    };
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let walked = small.spawn(walk).unwrap().join();
    // Each by itself: removing them all at once would hold each open.
    fs::remove_file(&file).unwrap();
    for level in levels[1..].iter().rev() {
        fs::remove_dir(level).unwrap();
    }
    assert_eq!(walked.unwrap(), (1, 0));

    let many = |count: usize| {
        let folder = tempfile::tempdir().unwrap();
        for index in 0..count {
            fs::write(folder.path().join(format!("{index}.request.json")), "").unwrap();
        }
        folder
    };
    grows_with_size("files of a folder", many, |folder| {
        let (units, said) = source::units(&[folder.path().to_owned()]);
        std::hint::black_box((units.len(), said.problems.len()));
    });
}
