// A setting of hookd with its value, for people to read.
#ifndef HOOKD_SETTING_H_
#define HOOKD_SETTING_H_

#include <string>

namespace hookd {

struct Setting {
  std::string name;   // of the flag, without dashes
  std::string value;  // as a flag has it; without passwords
  std::string default_value;
  std::string description;
};

}  // namespace hookd

#endif  // HOOKD_SETTING_H_
