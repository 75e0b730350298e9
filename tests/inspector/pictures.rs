//! The README's pictures are made by `rainscope shot` from `docs/pictures/list.txt`, and are current.
//! `RAINSCOPE_UPDATE_PICTURES=1 cargo test --test inspector pictures` makes them anew.
use std::path::Path;
use std::process::Command;

#[test]
fn pictures_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let list = std::fs::read_to_string(folder.join("list.txt")).unwrap();
    let update = std::env::var_os("RAINSCOPE_UPDATE_PICTURES").is_some();
    let mut count = 0;
    for line in list
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let columns: Vec<_> = line.split('|').map(str::trim).collect();
        let [file, size, ground, keys, opened @ ..] = &columns[..] else {
            unreachable!("four columns, and what is opened: {line}");
        };
        let (ground, moves) = match ground.strip_prefix("moving ") {
            Some(ground) => (ground, true),
            None => (*ground, false),
        };
        let script = keys.strip_prefix('@');
        let output = Command::new(env!("CARGO_BIN_EXE_rainscope"))
            .args(["shot", "--size", size, "--format", ground])
            .args(script.map_or(["--keys", keys], |file| ["--script", file]))
            .args(moves.then_some("--animate"))
            .args(opened)
            .current_dir(&folder)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{file}: {errors}");
        let path = folder.join(file);
        if update {
            std::fs::write(&path, &output.stdout).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == output.stdout,
            "{file} is stale; make it anew as the list says"
        );
        count += 1;
    }
    assert!(count > 0);
}

/// What a script leaves on the screen.
fn shot(keys: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rainscope"))
        .args(["shot", "--size", "120x40", "--keys", keys])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{keys}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whatever runs beside it and whenever it is made, a demonstration is the same: what the sink received, what is read back
/// from it and by which address.
#[test]
fn a_demonstration_shows_no_time_and_no_address_but_its_own() {
    let inbox = shot("s wait:accepted esc i");
    assert!(inbox.contains("#1   12:34:00"), "{inbox}");
    let stored = shot("s wait:accepted V wait:\"all of it is stored\"");
    let link = "see http://127.0.0.1:5899/v1/events/dec00000-0000-4000-8000-000000000001";
    assert!(stored.contains(link), "{stored}");
    assert!(
        stored.contains("the sink at http://127.0.0.1:5899"),
        "{stored}"
    );
    let all = "S wait:\"all accepted\" esc wait:received i g";
    assert_eq!(shot(all), shot(all));
}
