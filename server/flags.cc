#include "flags.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/limits.h"
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
         name,
         [&value, name](uint64_t bytes) {
           // Less than nothing comes as more than there is.
           if (bytes > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
             throw CLI::ValidationError(name, "must be a number of bytes, such as 1000000, 10MB or 5GiB");
           }
           value = static_cast<int64_t>(bytes);
         },
         help)
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("BYTES")
      ->default_str(absl::StrCat(value));
}

// One of a few words; the first that stands for the value is shown as the default.
template <typename T>
void AddChoice(CLI::App& app, const std::string& name, T& value,
               const std::vector<std::pair<std::string, T>>& words, const std::string& help) {
  std::string all, shown;
  for (const auto& [word, meaning] : words) {
    absl::StrAppend(&all, all.empty() ? "" : ", ", word);
    if (meaning == value) shown = word;
  }
  app.add_option_function<std::string>(
         name,
         [&value, words, name, all](const std::string& text) {
           for (const auto& [word, meaning] : words) {
             if (word != text) continue;
             value = meaning;
             return;
           }
           throw CLI::ValidationError(name, absl::StrCat("must be one of ", all, ", not ", text));
         },
         help)
      ->type_name("WORD")
      ->default_str(shown);
}

// How attempts get to endpoints, and to which.
void AddEgressFlags(CLI::App& app, Server::Options& options) {
  app.add_option("--egress_allow", options.egress.allow,
                 "addresses and CIDR ranges that endpoints may have although they are not public")
      ->delimiter(',');
  app.add_option("--egress_deny", options.egress.deny,
                 "addresses and CIDR ranges that endpoints may not have, even if allowed")
      ->delimiter(',');
  app.add_option("--egress_ports", options.egress.ports,
                 "ports that endpoints may have, such as 443,8000-8999; by default all")
      ->delimiter(',');
  app.add_option("--egress_proxy", options.egress_proxy,
                 "proxy that attempts go by, such as http://proxy.internal:3128; it resolves the names");
  app.add_option("--egress_name_servers", options.egress_name_servers,
                 "name servers that resolve the names of endpoints, each an address or address:port, such as "
                 "10.0.0.2,10.0.0.3:5353; empty: those of /etc/resolv.conf")
      ->delimiter(',');
  AddDuration(
      app, "--egress_connection_lifetime", options.egress_connection_lifetime, limits::kMinConnectionLifetime,
      limits::kMaxConnectionLifetime,
      "how long a connection to an endpoint is used; then the next attempt resolves its name again and "
      "opens another");
  app.add_flag(
      "--egress_http2", options.egress_http2,
      "use HTTP/2 with https endpoints that offer it, many attempts on one connection, instead of "
      "HTTP/1.1; refused with --egress_proxy and with a libcurl older than 8.14, which loses answers");
}

}  // namespace

void AddFlags(CLI::App& app, Server::Options& options) {
  constexpr absl::Duration kYears = absl::Hours(24 * 3650);
  app.set_version_flag("--version", absl::StrCat("hookd ", kVersion));
  app.add_option("--listen", options.listen.address, "host:port for gRPC; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--metrics_listen", options.metrics_listen,
                 "host:port to serve metrics on for Prometheus, under /metrics; empty: they are not served");
  app.add_option("--store", options.store,
                 "PostgreSQL database that many hookd processes share as their store, such as "
                 "postgresql://hookd:secret@host:5432/hookd; empty: the embedded store in --data_dir");
  AddDuration(app, "--lease", options.lease, absl::Seconds(1), absl::Minutes(10),
              "how long after its last sign of life a process loses its webhooks to the others on its store");
  app.add_option("--data_dir", options.data_dir,
                 "folder of the embedded store; made if missing, used by one hookd at a time")
      ->capture_default_str();
  app.add_option("--tls_ca", options.tls_ca,
                 "PEM file of the certificates to trust in endpoints, instead of the system's");
  app.add_option(
      "--tls_cert_file", options.listen.tls.cert_file,
      "PEM file of the certificates to show to callers, read anew when it changes; without it clear text");
  app.add_option("--tls_key_file", options.listen.tls.key_file, "PEM file of their key");
  app.add_option(
      "--tls_client_ca_file", options.listen.tls.client_ca_file,
      "PEM file of the authorities whose certificates callers may show instead of a token's secret");
  app.add_flag("--require_tokens", options.require_tokens, "callers have to show a token");
  app.add_option(
      "--tokens_file", options.tokens_file,
      "tokens beside those made by RPC, one a line, read anew on SIGHUP; callers have to show one");
  app.add_flag("--allow_insecure_listen", options.listen.allow_insecure,
               "let other machines call without TLS or tokens: you know that nobody else can reach the port");
  AddEgressFlags(app, options);
  app.add_option("--encryption_key_file", options.encryption_key_file,
                 "keys that encrypt the webhooks' secrets in the store: 32 bytes in base64 a line, the first "
                 "encrypts; without it they are readable");
  AddChoice(app, "--log_format", options.log_format, {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
            "how log lines look, which go to standard error");
  AddChoice(app, "--log_level", options.log_level,
            {{"trace", LogLevel::kTrace},
             {"debug", LogLevel::kDebug},
             {"info", LogLevel::kInfo},
             {"warning", LogLevel::kWarning},
             {"error", LogLevel::kError}},
            "the least level of the lines that are logged; debug has one for every attempt");
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
