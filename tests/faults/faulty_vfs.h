// SQLite on a disk that fails: its own file system layer, with errors at random in between.
//
// Registered as SQLite's default for the whole process, from Install on. Thread-safe.
#ifndef HOOKD_TESTS_FAULTS_FAULTY_VFS_H_
#define HOOKD_TESTS_FAULTS_FAULTY_VFS_H_

namespace hookd {

// Before the first database is opened; again does nothing.
void InstallFaultyVfs();

// From now on so many of a thousand writes, syncs and truncations fail with an I/O error; 0: none.
void FailWritesPerMille(int per_mille);

// How many failed so far.
int FailedWrites();

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_FAULTY_VFS_H_
