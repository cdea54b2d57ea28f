#include "tests/faults/faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <random>

namespace hookd {
namespace {

std::atomic<int> per_mille_ = 0;
std::atomic<int> failed_ = 0;
sqlite3_vfs* real_vfs;

bool Fails() {
  const int per_mille = per_mille_;
  if (per_mille == 0) return false;
  thread_local std::mt19937 random(std::random_device{}());
  if (std::uniform_int_distribution<int>(1, 1000)(random) > per_mille) return false;
  ++failed_;
  return true;
}

// A file of ours; the real one follows it in memory.
struct File {
  sqlite3_file base;
};

sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

// Methods that hand on to the real file's.
template <auto kMethod, typename... Arguments>
int Forward(sqlite3_file* file, Arguments... arguments) {
  return (Real(file)->pMethods->*kMethod)(Real(file), arguments...);
}

// The same, if the disk does not fail.
template <auto kMethod, int kError, typename... Arguments>
int ForwardOrFail(sqlite3_file* file, Arguments... arguments) {
  if (Fails()) return kError;
  return (Real(file)->pMethods->*kMethod)(Real(file), arguments...);
}

void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }

using Methods = sqlite3_io_methods;

const Methods kMethods = [] {
  Methods methods = {};
  methods.iVersion = 3;
  methods.xClose = &Forward<&Methods::xClose>;
  methods.xRead = &Forward<&Methods::xRead, void*, int, sqlite3_int64>;
  methods.xWrite = &ForwardOrFail<&Methods::xWrite, SQLITE_IOERR_WRITE, const void*, int, sqlite3_int64>;
  methods.xTruncate = &ForwardOrFail<&Methods::xTruncate, SQLITE_IOERR_TRUNCATE, sqlite3_int64>;
  methods.xSync = &ForwardOrFail<&Methods::xSync, SQLITE_IOERR_FSYNC, int>;
  methods.xFileSize = &Forward<&Methods::xFileSize, sqlite3_int64*>;
  methods.xLock = &Forward<&Methods::xLock, int>;
  methods.xUnlock = &Forward<&Methods::xUnlock, int>;
  methods.xCheckReservedLock = &Forward<&Methods::xCheckReservedLock, int*>;
  methods.xFileControl = &Forward<&Methods::xFileControl, int, void*>;
  methods.xSectorSize = &Forward<&Methods::xSectorSize>;
  methods.xDeviceCharacteristics = &Forward<&Methods::xDeviceCharacteristics>;
  methods.xShmMap = &Forward<&Methods::xShmMap, int, int, int, void volatile**>;
  methods.xShmLock = &Forward<&Methods::xShmLock, int, int, int>;
  methods.xShmBarrier = &ShmBarrier;
  methods.xShmUnmap = &Forward<&Methods::xShmUnmap, int>;
  methods.xFetch = &Forward<&Methods::xFetch, sqlite3_int64, int, void**>;
  methods.xUnfetch = &Forward<&Methods::xUnfetch, sqlite3_int64, void*>;
  return methods;
}();

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, Real(file), flags, out_flags);
  if (Real(file)->pMethods != nullptr) file->pMethods = &kMethods;
  return code;
}

}  // namespace

void InstallFaultyVfs() {
  static const bool installed = [] {
    real_vfs = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs = *real_vfs;
    vfs.zName = "faulty";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    vfs.xOpen = &Open;
    return sqlite3_vfs_register(&vfs, /*makeDflt=*/1) == SQLITE_OK;
  }();
  static_cast<void>(installed);
}

void FailWritesPerMille(int per_mille) { per_mille_ = per_mille; }

int FailedWrites() { return failed_; }

}  // namespace hookd
