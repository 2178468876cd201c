// What the C++ library inside this one asks of newer systems only. With its own, the library loads on
// older ones, too: all else that it needs has been in glibc since 2.17.
#include <features.h>

#if defined(__GLIBC__)
#include <sched.h>

#define OWN extern "C" __attribute__((visibility("hidden")))

// Since glibc 2.32: whether atomic operations can be spared. "No" is always right.
OWN char __libc_single_threaded;
char __libc_single_threaded = 0;

// Moved to another library by glibc 2.34. libstdc++ calls it to make its first locale.
OWN int pthread_once(int* state, void (*work)()) {
  enum { NEW, RUNNING, DONE };
  int seen = NEW;
  if (__atomic_compare_exchange_n(state, &seen, RUNNING, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
    work();
    __atomic_store_n(state, DONE, __ATOMIC_RELEASE);
  } else {
    while (__atomic_load_n(state, __ATOMIC_ACQUIRE) != DONE) sched_yield();
  }
  return 0;
}
#endif
