#include "flags.h"

#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/version.h"

namespace hookd {
namespace {

// Seconds as a plain number, or units as in 90s, 12h, 30d.
bool ParseDuration(const std::string& text, absl::Duration& duration) {
  absl::string_view digits = text;
  double number = 0;
  if (absl::SimpleAtod(digits, &number)) {
    duration = absl::Seconds(number);
  } else if (digits.back() == 'd' && absl::SimpleAtod(digits.substr(0, digits.size() - 1), &number)) {
    duration = absl::Hours(24 * number);
  } else if (!absl::ParseDuration(text, &duration)) {
    return false;
  }
  return true;
}

// The shortest of the forms that ParseDuration takes.
std::string Format(absl::Duration duration) {
  if (duration >= absl::Hours(48) && duration % absl::Hours(24) == absl::ZeroDuration()) {
    return absl::StrCat(duration / absl::Hours(24), "d");
  }
  return absl::FormatDuration(duration);
}

void AddDuration(CLI::App& app, const std::string& name, absl::Duration& value, absl::Duration least,
                 absl::Duration most, const std::string& help) {
  app.add_option_function<std::string>(
         name,
         [&value, least, most, name](const std::string& text) {
           absl::Duration parsed;
           if (text.empty() || !ParseDuration(text, parsed) || parsed < least || parsed > most) {
             throw CLI::ValidationError(
                 name, absl::StrCat("must be a time from ", Format(least), " to ", Format(most),
                                    ", such as 90s, 12h or 30d, not ", text));
           }
           value = parsed;
         },
         help)
      ->type_name("TIME")
      ->default_str(Format(value));
}

// A number of bytes: 1000000, 10kb, 5GiB.
void AddBytes(CLI::App& app, const std::string& name, int64_t& value, const std::string& help) {
  app.add_option_function<uint64_t>(
         name, [&value](uint64_t bytes) { value = static_cast<int64_t>(bytes); }, help)
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("BYTES")
      ->default_str(absl::StrCat(value));
}

}  // namespace

void AddFlags(CLI::App& app, Server::Options& options) {
  constexpr absl::Duration kYears = absl::Hours(24 * 3650);
  app.set_version_flag("--version", absl::StrCat("hookd ", kVersion));
  app.add_option("--listen", options.listen, "host:port for gRPC; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--data_dir", options.data_dir,
                 "folder of the embedded store; made if missing, used by one hookd at a time")
      ->capture_default_str();
  app.add_option("--tls_ca", options.tls_ca,
                 "PEM file of the certificates to trust in endpoints, instead of the system's");
  AddDuration(app, "--drain_timeout", options.drain_timeout, absl::ZeroDuration(), absl::Hours(1),
              "how long to wait, when told to stop, for the calls and attempts under way");
  AddDuration(app, "--auto_disable_after", options.auto_disable_after, absl::ZeroDuration(), kYears,
              "disable webhooks that have retries on after so long with nothing but failures; 0: never");
  AddDuration(app, "--retention", options.retention, absl::Minutes(1), kYears,
              "how long events, deliveries and attempts are kept");
  AddDuration(app, "--delivered_retention", options.delivered_retention, absl::Minutes(1), kYears,
              "how long those are kept that were delivered to all their webhooks, if less than --retention");
  app.add_option("--max_waiting_deliveries", options.max_waiting,
                 "deliveries that may wait in all; past it events are refused")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  app.add_option("--max_waiting_deliveries_per_project", options.max_waiting_per_project,
                 "deliveries of a project that may wait; past it its events are refused")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  AddBytes(app, "--max_store_bytes", options.max_store_bytes,
           "size of the store past which events are refused; 0: the disk's");
  AddBytes(app, "--min_free_bytes", options.min_free_bytes,
           "free space on the store's disk below which events are refused");
}

}  // namespace hookd
