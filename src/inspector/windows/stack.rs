//! Windows over one another: each is opened over what is there, and closing it leads back to that, at the
//! same row. A window of a kind that lies below already comes up instead of being opened twice.

use std::any::{Any, TypeId};

use ratatui::layout::Rect;

use super::{Flow, Opener, Update, Window, WindowEvent};
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::symbols::Symbols;
use crate::inspector::ui::theme::{Look, Theme};
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Effect, Env, Model};

/// What a view is measured with; how it looks makes it neither longer nor shorter.
static LOOK: Look = Look {
    theme: Theme::monochrome(),
    symbols: Symbols::unicode(),
};

/// Columns of the panes on both sides of a window, below which it takes them as well: scraps of words say nothing.
const BESIDE_IT: usize = 24;

/// All open windows.
#[derive(Debug, Default)]
pub struct Windows {
    layers: Vec<Layer>,
    opened: u64,
}

/// A place in the stack; its window is out of it while it is updated.
#[derive(Debug)]
struct Layer {
    number: u64,
    kind: TypeId,
    /// Columns that it takes at most; none of a dialog.
    columns: Option<usize>,
    window: Option<Box<dyn Window>>,
}

impl Clone for Windows {
    fn clone(&self) -> Self {
        let copy = |layer: &Layer| Layer {
            number: layer.number,
            kind: layer.kind,
            columns: layer.columns,
            window: layer.window.as_ref().map(|window| window.duplicate()),
        };
        Windows {
            layers: self.layers.iter().map(copy).collect(),
            opened: self.opened,
        }
    }
}

impl Windows {
    /// Whether no window is open.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// All windows, the top one first.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Window> {
        let layers = self.layers.iter().rev();
        layers.filter_map(|layer| layer.window.as_deref())
    }

    /// The top window; none while it is being updated.
    pub fn top(&self) -> Option<&dyn Window> {
        self.layers.last()?.window.as_deref()
    }

    /// The window below the top one.
    pub fn beneath(&self) -> Option<&dyn Window> {
        let place = self.layers.len().checked_sub(2)?;
        self.layers[place].window.as_deref()
    }

    /// The window that one of this kind was opened over.
    pub fn below<W: Window>(&self) -> Option<&dyn Window> {
        let kind = TypeId::of::<W>();
        let place = self.layers.iter().rposition(|layer| layer.kind == kind)?;
        self.layers[place.checked_sub(1)?].window.as_deref()
    }

    /// Whether a question waits for its answer.
    pub fn asks(&self) -> bool {
        self.dialogs().next().is_some()
    }

    /// The dialogs over the window that is seen whole, the top one last.
    pub fn dialogs(&self) -> impl Iterator<Item = &dyn Window> {
        let first = self.whole().map_or(0, |whole| whole + 1);
        let layers = self.layers[first..].iter();
        layers.filter_map(|layer| layer.window.as_deref())
    }

    /// The top window, if it is of this kind.
    pub fn top_as<W: Window>(&self) -> Option<&W> {
        self.top().and_then(cast)
    }

    /// The window of this kind, whatever lies over it.
    pub fn find<W: Window>(&self) -> Option<&W> {
        self.iter().find_map(cast)
    }

    /// The same, to change it.
    pub fn find_mut<W: Window>(&mut self) -> Option<&mut W> {
        let layers = self.layers.iter_mut().rev();
        let mut windows = layers.filter_map(|layer| layer.window.as_deref_mut());
        windows.find_map(|window| (window as &mut dyn Any).downcast_mut())
    }

    /// Opens a window over what is there.
    pub fn open<W: Window>(&mut self, window: W) {
        let kind = TypeId::of::<W>();
        if !window.is_dialog() {
            let place = self.layers.iter().position(|layer| layer.kind == kind);
            self.layers.truncate(place.unwrap_or(self.layers.len()));
        }
        self.opened += 1;
        self.layers.push(Layer {
            number: self.opened,
            kind,
            columns: (!window.is_dialog()).then(|| window.columns()),
            window: Some(Box::new(window)),
        });
    }

    /// Closes all windows.
    pub fn close_all(&mut self) {
        self.layers.clear();
    }

    /// Closes what lies on top and waits for an answer: questions, and what is typed in.
    pub fn close_asking(&mut self) {
        while self
            .top()
            .is_some_and(|window| window.is_dialog() || window.is_typed())
        {
            self.layers.pop();
        }
    }

    /// The place of the window that is seen whole: the top one, or the one below a dialog.
    fn whole(&self) -> Option<usize> {
        let is_whole = |layer: &Layer| layer.window.as_ref().is_some_and(|w| !w.is_dialog());
        self.layers.iter().rposition(is_whole)
    }

    /// The window that is seen whole.
    pub fn behind_dialog(&self) -> Option<&dyn Window> {
        self.layers[self.whole()?].window.as_deref()
    }

    /// Columns that the window that is seen whole takes at most, also while it is being updated.
    fn columns(&self) -> Option<usize> {
        self.layers.iter().rev().find_map(|layer| layer.columns)
    }

    fn behind_dialog_mut(&mut self) -> Option<&mut dyn Window> {
        let place = self.whole()?;
        match &mut self.layers[place].window {
            Some(window) => Some(&mut **window),
            None => None,
        }
    }

    fn take(&mut self, place: usize) -> Option<(u64, Box<dyn Window>)> {
        let layer = self.layers.get_mut(place)?;
        Some((layer.number, layer.window.take()?))
    }

    /// Puts a window back that was taken out to be updated; one that was closed meanwhile is gone.
    fn put_back(&mut self, number: u64, window: Box<dyn Window>) {
        if let Some(layer) = self.layers.iter_mut().find(|l| l.number == number) {
            layer.columns = (!window.is_dialog()).then(|| window.columns());
            layer.window = Some(window);
        }
    }
}

fn cast<W: Window>(window: &dyn Window) -> Option<&W> {
    (window as &dyn Any).downcast_ref()
}

impl Model {
    /// Columns of the window that is seen whole, and the rows that it may take, its frame aside. One that needs
    /// fewer rows is less high, and nothing scrolls in it.
    pub fn window_size(&self) -> (usize, usize) {
        let inside = inner(self.layout().window());
        let most = usize::from(inside.width);
        let columns = self
            .windows
            .columns()
            .map_or(most, |columns| columns.min(most));
        // Beside it there is enough of the panes to know them by, or nothing.
        let columns = match most - columns < BESIDE_IT {
            true => most,
            false => columns,
        };
        (columns, usize::from(inside.height))
    }

    /// Where the window that is seen whole lies.
    pub fn window_area(&self) -> Rect {
        match self.windows.behind_dialog() {
            Some(window) => self.area_of(&window.view(self, &LOOK)),
            None => self.layout().window(),
        }
    }

    /// Where a view lies: as large as it needs, within what there is.
    pub(crate) fn area_of(&self, view: &View<'_>) -> Rect {
        let most = self.layout().window();
        let to_u16 = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let width = to_u16(self.window_size().0)
            .saturating_add(2)
            .min(most.width);
        let height = to_u16(view.height()).saturating_add(2).min(most.height);
        Rect {
            x: most.x + (most.width - width) / 2,
            y: most.y + (most.height - height) / 3,
            width,
            height,
        }
    }

    /// Opens a window.
    pub(crate) fn open_window<W: Window>(&mut self, window: W) {
        self.windows.open(window);
    }

    /// Closes the top window: what it was opened over is there again.
    pub(crate) fn close_window(&mut self, env: &Env) -> Vec<Effect> {
        self.windows.layers.pop();
        self.uncover(env)
    }

    /// Closes the window of a kind wherever it lies.
    pub(crate) fn close_kind<W: Window>(&mut self) {
        let kind = TypeId::of::<W>();
        self.windows.layers.retain(|layer| layer.kind != kind);
    }

    /// Tells the top window that nothing lies over it any more.
    fn uncover(&mut self, env: &Env) -> Vec<Effect> {
        self.tell_window(WindowEvent::Uncovered, env)
            .unwrap_or_default()
    }

    /// Lets something happen to the top window; none where it does nothing of its own.
    pub(crate) fn tell_window(&mut self, event: WindowEvent<'_>, env: &Env) -> Option<Vec<Effect>> {
        let top = self.windows.layers.len().checked_sub(1)?;
        self.tell_layer(top, event, env)
    }

    /// The same for the window that is seen whole.
    pub(crate) fn tell_behind_dialog(
        &mut self,
        event: WindowEvent<'_>,
        env: &Env,
    ) -> Option<Vec<Effect>> {
        self.tell_layer(self.windows.whole()?, event, env)
    }

    fn tell_layer(
        &mut self,
        place: usize,
        event: WindowEvent<'_>,
        env: &Env,
    ) -> Option<Vec<Effect>> {
        let (number, mut window) = self.windows.take(place)?;
        let mut update = Update::of(self, env);
        let flow = window.update(event, &mut update);
        let (mut effects, run) = (update.effects, update.run);
        match flow {
            Flow::Stays => self.windows.put_back(number, window),
            Flow::Ignored => {
                self.windows.put_back(number, window);
                return None;
            }
            Flow::Closes => {
                let top = self.windows.layers.last();
                let was_top = top.is_some_and(|layer| layer.number == number);
                self.windows.layers.retain(|layer| layer.number != number);
                if was_top {
                    effects.extend(self.uncover(env));
                }
            }
            Flow::LeavesAll => self.windows.close_all(),
        }
        if let Some(command) = run {
            effects.extend(self.run_chosen(command, env));
        }
        Some(effects)
    }

    /// Opens the window that a command stands for; none where it stands for no window.
    pub(crate) fn run_opener(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        let opener = Opener::of(command)?;
        let mut update = Update::of(self, env);
        (opener.open)(&mut update);
        Some(update.effects)
    }

    /// What can be done in a window, scrolling included.
    pub(crate) fn offers_in(&self, window: &dyn Window) -> Vec<Offer> {
        let mut offers = window.offers(self);
        if window.view(self, &LOOK).scrolls(self.window_size().1) {
            // Where not all have room, there is more to be seen than what is offered last.
            let at = if self.size.0 < 100 {
                2.min(offers.len())
            } else {
                offers.len()
            };
            offers.insert(at, Offer::Two(Command::Down, Command::Up, "scroll"));
        }
        offers
    }

    /// Moves in the window that is seen whole.
    pub(crate) fn move_in_window(&mut self, step: CursorStep) {
        self.move_by(step, |view, height| view.moved(step, height));
    }

    /// Turns the wheel over it, by lines; down is positive.
    pub(crate) fn scroll_window(&mut self, lines: isize) {
        let step = if lines < 0 {
            CursorStep::Up
        } else {
            CursorStep::Down
        };
        self.move_by(step, |view, height| view.wheeled(lines, height));
    }

    fn move_by(&mut self, step: CursorStep, to: impl Fn(&View<'_>, usize) -> Cursor) {
        let height = self.window_size().1;
        let Some(window) = self.windows.behind_dialog() else {
            return;
        };
        let view = window.view(self, &LOOK);
        let (extent, cursor) = (view.extent(height), to(&view, height));
        drop(view);
        let Some(window) = self.windows.behind_dialog_mut() else {
            return;
        };
        if !window.step(step, extent.height)
            && let Some(own) = window.cursor_mut()
        {
            *own = cursor;
        }
    }

    /// Lets the window that is seen whole take in what changed, and go on with what it looks at.
    pub(crate) fn work_in_window(&mut self, budget: &mut SliceBudget) {
        let whole = self.windows.whole();
        if let Some((number, mut window)) = whole.and_then(|place| self.windows.take(place)) {
            window.settle(self, budget);
            self.windows.put_back(number, window);
        }
    }

    /// Brings its cursor and its first line in line with what it shows.
    pub(crate) fn settle_window(&mut self) {
        let height = self.window_size().1;
        let Some(window) = self.windows.behind_dialog() else {
            return;
        };
        let cursor = window.view(self, &LOOK).settled(height);
        let window = self.windows.behind_dialog_mut();
        if let Some(own) = window.and_then(Window::cursor_mut) {
            *own = cursor;
        }
    }
}
