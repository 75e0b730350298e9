//! A tree as the rows of it that are open, with a cursor over them: one way to open, close and move for
//! whatever is shown as a tree.

use std::collections::HashSet;
use std::hash::Hash;

use super::cursor::Cursor;

/// A row of a tree.
pub trait TreeRow {
    /// Tells one container from another.
    type Key: Clone + Eq + Hash;

    /// Its key, where it is a container that holds something.
    fn container(&self) -> Option<Self::Key>;

    /// Containers around it.
    fn depth(&self) -> usize;

    /// Whether another row, of an earlier state of the tree, stands for the same.
    fn is_same(&self, other: &Self) -> bool;
}

/// A tree. Whoever has it makes its rows: all but those in closed containers.
#[derive(Debug, Clone)]
pub struct Tree<R: TreeRow> {
    /// The row under the cursor, and how far it is scrolled.
    pub cursor: Cursor,
    /// The rows that are open.
    rows: Vec<R>,
    closed: HashSet<R::Key>,
}

/// What can be done with a tree, whatever its rows are.
pub trait Folding {
    /// How many rows are open.
    fn count(&self) -> usize;

    /// Its cursor.
    fn cursor(&self) -> &Cursor;

    /// The same, to move it.
    fn cursor_mut(&mut self) -> &mut Cursor;

    /// Whether the cursor is on a container that holds something.
    fn can_fold(&self) -> bool;

    /// Opens or closes the container under the cursor, the other way where it is not said which; false where
    /// that changes nothing. The rows have to be made anew.
    fn fold(&mut self, open: Option<bool>) -> bool;

    /// Puts the cursor on the container around it; false at the outermost.
    fn to_parent(&mut self) -> bool;

    /// Opens all containers. The rows have to be made anew.
    fn open_all(&mut self);

    /// Closes those containers among the rows that have so many others around them, or more. The rows have to
    /// be made anew.
    fn close_from(&mut self, depth: usize);
}

impl<R: TreeRow> Default for Tree<R> {
    fn default() -> Self {
        Tree::closed_at(HashSet::new())
    }
}

impl<R: TreeRow> Tree<R> {
    /// A tree without rows yet, with these containers closed.
    pub fn closed_at(closed: HashSet<R::Key>) -> Tree<R> {
        Tree {
            cursor: Cursor::START,
            rows: Vec::new(),
            closed,
        }
    }

    /// The rows that are open.
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<&R> {
        self.rows.get(self.cursor.row)
    }

    /// The containers that are closed.
    pub fn closed(&self) -> &HashSet<R::Key> {
        &self.closed
    }

    /// The same, to change them. The rows have to be made anew.
    pub fn closed_mut(&mut self) -> &mut HashSet<R::Key> {
        &mut self.closed
    }

    /// Takes the rows that are open now. The cursor stays on what it was on, or goes to what is left of the
    /// containers around that.
    pub fn set_rows(&mut self, rows: Vec<R>) {
        let before = std::mem::replace(&mut self.rows, rows);
        let mut wanted = (self.cursor.row < before.len()).then_some(self.cursor.row);
        while let Some(at) = wanted {
            if self.go_to(|row| row.is_same(&before[at])) {
                return;
            }
            wanted = parent(&before, at);
        }
    }

    /// Puts the cursor on the first row that is so; false where none is.
    pub fn go_to(&mut self, is_it: impl FnMut(&R) -> bool) -> bool {
        let row = self.rows.iter().position(is_it);
        self.cursor.row = row.unwrap_or(self.cursor.row);
        row.is_some()
    }
}

/// The row of the container around a row.
fn parent<R: TreeRow>(rows: &[R], at: usize) -> Option<usize> {
    let depth = rows.get(at)?.depth();
    rows[..at].iter().rposition(|row| row.depth() < depth)
}

impl<R: TreeRow> Folding for Tree<R> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    fn cursor_mut(&mut self) -> &mut Cursor {
        &mut self.cursor
    }

    fn can_fold(&self) -> bool {
        self.row().is_some_and(|row| row.container().is_some())
    }

    fn fold(&mut self, open: Option<bool>) -> bool {
        let Some(key) = self.row().and_then(TreeRow::container) else {
            return false;
        };
        let is_closed = self.closed.contains(&key);
        if open.unwrap_or(is_closed) != is_closed {
            return false;
        }
        match is_closed {
            true => self.closed.remove(&key),
            false => self.closed.insert(key),
        }
    }

    fn to_parent(&mut self) -> bool {
        let row = parent(&self.rows, self.cursor.row);
        self.cursor.row = row.unwrap_or(self.cursor.row);
        row.is_some()
    }

    fn open_all(&mut self) {
        self.closed.clear();
    }

    fn close_from(&mut self, depth: usize) {
        let deep = self.rows.iter().filter(|row| row.depth() >= depth);
        self.closed.extend(deep.filter_map(TreeRow::container));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path such as `a/b`; it holds something where another one begins with it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Path(&'static str);

    const ALL: [&str; 7] = ["a", "a/b", "a/b/c", "a/d", "e", "e/f", "g"];

    impl TreeRow for Path {
        type Key = &'static str;

        fn container(&self) -> Option<&'static str> {
            let below = format!("{}/", self.0);
            ALL.iter()
                .any(|path| path.starts_with(&below))
                .then_some(self.0)
        }

        fn depth(&self) -> usize {
            self.0.matches('/').count()
        }

        fn is_same(&self, other: &Path) -> bool {
            self == other
        }
    }

    fn fill(tree: &mut Tree<Path>) {
        let is_open = |path: &&str| {
            let mut around = path.match_indices('/').map(|(at, _)| &path[..at]);
            !around.any(|around| tree.closed().contains(around))
        };
        let rows = ALL.into_iter().filter(|path| is_open(path));
        let rows = rows.map(Path).collect();
        tree.set_rows(rows);
    }

    fn shown(tree: &Tree<Path>) -> String {
        let row = |(at, path): (usize, &Path)| match at == tree.cursor.row {
            true => format!("[{}]", path.0),
            false => path.0.to_owned(),
        };
        let rows: Vec<String> = tree.rows().iter().enumerate().map(row).collect();
        rows.join(" ")
    }

    fn on(path: &'static str) -> Tree<Path> {
        let mut tree = Tree::default();
        fill(&mut tree);
        assert!(tree.go_to(|row| row.0 == path));
        tree
    }

    #[test]
    fn containers_open_and_close() {
        let mut tree = on("a");
        assert!(!tree.fold(Some(true)), "it is open already");
        assert!(tree.fold(None));
        fill(&mut tree);
        assert_eq!(shown(&tree), "[a] e e/f g");
        assert!(!tree.fold(Some(false)), "it is closed already");
        assert!(tree.fold(None));
        fill(&mut tree);
        assert_eq!(shown(&tree), "[a] a/b a/b/c a/d e e/f g");
        let mut leaf = on("g");
        assert!(!leaf.can_fold() && !leaf.fold(None));
    }

    #[test]
    fn the_cursor_goes_to_what_is_left_of_what_is_around_it() {
        let check = |path, depth, expected: &str| {
            let mut tree = on(path);
            tree.close_from(depth);
            fill(&mut tree);
            assert_eq!(shown(&tree), expected, "{path} {depth}");
        };
        check("a/b/c", 0, "[a] e g");
        check("a/b/c", 1, "a [a/b] a/d e e/f g");
        check("a/b/c", 2, "a a/b [a/b/c] a/d e e/f g");
        check("e/f", 0, "a [e] g");
        check("g", 0, "a e [g]");
    }

    #[test]
    fn the_cursor_goes_outwards() {
        let mut tree = on("a/b/c");
        for expected in ["a/b", "a"] {
            assert!(tree.to_parent());
            assert_eq!(tree.row().map(|row| row.0), Some(expected));
        }
        assert!(!tree.to_parent());
    }
}
