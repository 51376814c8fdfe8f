//! What the component has instead of the standard library: an end for panics, and an
//! allocator.
//!
//! Without std no function is left that could want anything of WASI, so the component
//! imports its five interfaces only; and a panic that tells nobody anything needs no
//! message, no place and no formatting: a tenth of the whole.

#![cfg(target_family = "wasm")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::panic::PanicInfo;
use core::ptr;

/// A trap.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

// The compiler calls `memcmp` and its like, which libc has. Nothing else is of libc.
#[expect(unsafe_code, reason = "links libc, and names nothing of it")]
#[link(name = "c")]
unsafe extern "C" {}

/// Blocks of whole powers of two. One that is given back waits for the next wish of its
/// size: nothing is split or joined, because all of it ends with the call.
struct Heap {
    /// What was given back, by the power: each block holds the address of the next.
    free: [Cell<*mut Block>; 32],
    /// Where the memory begins that was never lent, and where it ends.
    fresh: Cell<usize>,
    end: Cell<usize>,
}

/// A block that was given back.
struct Block {
    next: *mut Block,
}

#[global_allocator]
static HEAP: Heap = Heap {
    free: [const { Cell::new(ptr::null_mut()) }; 32],
    fresh: Cell::new(0),
    end: Cell::new(0),
};

const PAGE: usize = 1 << 16;

/// The least block, and what all of them are aligned to. Nothing here wants more.
const ALIGNMENT: usize = 8;

/// The power of two that a size takes. A layout is too small to overflow it.
fn power(size: usize) -> usize {
    size.max(ALIGNMENT).next_power_of_two().ilog2() as usize
}

impl Heap {
    /// Memory that nobody had yet, or null.
    fn grown(&self, size: usize) -> *mut u8 {
        if self.end.get() - self.fresh.get() < size {
            let pages = size.div_ceil(PAGE);
            let before = wasm32::memory_grow::<0>(pages);
            if before == usize::MAX {
                return ptr::null_mut();
            }
            // Where it does not go on from the last, as the first does not, it starts
            // anew.
            if before * PAGE != self.end.get() {
                self.fresh.set(before * PAGE);
            }
            self.end.set((before + pages) * PAGE);
        }
        let at = self.fresh.get();
        self.fresh.set(at + size);
        ptr::with_exposed_provenance_mut(at)
    }
}

// SAFETY: a component has one thread.
#[expect(unsafe_code, reason = "a static has to be Sync")]
unsafe impl Sync for Heap {}

// SAFETY: a block is lent to one at a time: it is cut from fresh memory once, and leaves
// its list when it is lent again. A size has one power, so that a block returns to the
// list of its own size.
#[expect(unsafe_code, reason = "an allocator deals in raw memory")]
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return ptr::null_mut();
        }
        let power = power(layout.size());
        let first = self.free[power].get();
        if first.is_null() {
            return self.grown(1 << power);
        }
        // SAFETY: `dealloc` wrote a block there, and it was not lent since.
        self.free[power].set(unsafe { (*first).next });
        first.cast()
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let free = &self.free[power(layout.size())];
        let block: *mut Block = at.cast();
        // SAFETY: it is nobody's now, aligned, and no smaller than a `Block`.
        unsafe { block.write(Block { next: free.get() }) };
        free.set(block);
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if power(size) == power(layout.size()) {
            return at;
        }
        // SAFETY: the caller vouches for the old block and for the new size; the new
        // block is another one.
        unsafe {
            let to = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !to.is_null() {
                ptr::copy_nonoverlapping(at, to, size.min(layout.size()));
                self.dealloc(at, layout);
            }
            to
        }
    }
}

/// Where the host puts what it hands in.
#[expect(unsafe_code, reason = "the component model calls it by this name")]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(at: *mut u8, old: usize, align: usize, size: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(if old == 0 { size } else { old }, align) else {
        wasm32::unreachable()
    };
    // SAFETY: by the canonical ABI `at` came from here with the old size and alignment,
    // or the old size is zero.
    let to = match (old, size) {
        (0, 0) => ptr::without_provenance_mut(align),
        (0, _) => unsafe { HEAP.alloc(layout) },
        _ => unsafe { HEAP.realloc(at, layout, size) },
    };
    if to.is_null() {
        wasm32::unreachable()
    }
    to
}
