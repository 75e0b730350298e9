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
