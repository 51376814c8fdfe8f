//! An allocator that gives nothing back, so that texts and lists can lie over each
//! other, and that does mischief where the glue allocates and frees.

#![expect(unsafe_code, reason = "an allocator is")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use crate::bindings::codex_profiler::skill::memory;

/// Behaviour where the glue needs memory, or gives it back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Trick {
    None,
    /// Never ends where memory is given back: the glue does so once the reply is read.
    Linger,
    /// Calls the host where memory is taken: the glue does so for an answer of the host.
    Reenter,
    /// Has done so.
    Reentered,
}

static TRICK: AtomicU8 = AtomicU8::new(Trick::None as u8);

/// Plays `trick` from now on.
pub(crate) fn play(trick: Trick) {
    TRICK.store(trick as u8, Ordering::Relaxed);
}

/// Whether the host answered a call out of the middle of another.
pub(crate) fn has_reentered() -> bool {
    is_played(Trick::Reentered)
}

fn is_played(trick: Trick) -> bool {
    TRICK.load(Ordering::Relaxed) == trick as u8
}

/// `count` texts that are one and the same.
pub(crate) fn aliases(text: String, count: usize) -> Vec<String> {
    let bytes = shared(text.into_bytes(), count).into_iter();
    // SAFETY: they are the bytes of a text.
    bytes.map(|bytes| unsafe { String::from_utf8_unchecked(bytes) }).collect()
}

/// A text of these bytes, whatever they are.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    // SAFETY: none. It is handed to the host and not looked at.
    unsafe { String::from_utf8_unchecked(bytes.to_vec()) }
}

/// A text that lies there, whatever does.
pub(crate) fn wild(start: usize, length: usize) -> String {
    // A capacity that a text can have, or the glue would take it for something else.
    let capacity = length.min(isize::MAX as usize);
    // SAFETY: none. It is handed to the host, and this allocator frees nothing.
    unsafe { String::from_raw_parts(ptr::without_provenance_mut(start), length, capacity) }
}

/// `count` lists that are one and the same.
pub(crate) fn shared<T: 'static>(list: Vec<T>, count: usize) -> Vec<Vec<T>> {
    let list: &'static mut [T] = Box::leak(list.into_boxed_slice());
    let (start, length) = (list.as_mut_ptr(), list.len());
    // SAFETY: none. Nobody writes to them, and this allocator frees nothing.
    let alias = |_| unsafe { Vec::from_raw_parts(start, length, length) };
    (0..count).map(alias).collect()
}

/// From now on all blocks of `size` bytes are one and the same.
pub(crate) fn alias_blocks(size: usize) {
    ALIASED_SIZE.store(size, Ordering::Relaxed);
}

static ALIASED_SIZE: AtomicUsize = AtomicUsize::new(0);
static ALIASED: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

struct Hoard;

#[cfg_attr(target_os = "wasi", global_allocator)]
#[cfg_attr(not(target_os = "wasi"), expect(dead_code, reason = "only a component has it"))]
static HOARD: Hoard = Hoard;

// SAFETY: what it hands out is the system's, and stays.
unsafe impl GlobalAlloc for Hoard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_played(Trick::Reenter) {
            play(Trick::Reentered);
            let _ = memory::load(memory::Key::Readings);
        }
        let is_aliased = layout.size() == ALIASED_SIZE.load(Ordering::Relaxed);
        let aliased = ALIASED.load(Ordering::Relaxed);
        if is_aliased && !aliased.is_null() {
            return aliased;
        }
        // SAFETY: as the caller says.
        let block = unsafe { System.alloc(layout) };
        if is_aliased {
            ALIASED.store(block, Ordering::Relaxed);
        }
        block
    }

    unsafe fn dealloc(&self, _start: *mut u8, _layout: Layout) {
        while is_played(Trick::Linger) {
            std::hint::spin_loop();
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { System.realloc(start, layout, size) }
    }
}
