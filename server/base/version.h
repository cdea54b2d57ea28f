// hookd's version, from CMakeLists.txt; in the User-Agent of every request and in `hookd --version`.
#ifndef HOOKD_BASE_VERSION_H_
#define HOOKD_BASE_VERSION_H_

namespace hookd {

inline constexpr char kVersion[] = HOOKD_VERSION;

}  // namespace hookd

#endif  // HOOKD_BASE_VERSION_H_
