#include "flags.h"

#include <limits>
#include <optional>
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

// If the default address is in use, hookd serves without HTTP.
constexpr char kDefaultHttpListen[] = "127.0.0.1:50080";

// Parses a plain number of seconds, or a number with units such as 90s, 12h or 30d.
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

// The shortest form that ParseDuration accepts.
std::string Format(absl::Duration duration) {
  if (duration >= absl::Hours(48) && duration % absl::Hours(24) == absl::ZeroDuration()) {
    return absl::StrCat(duration / absl::Hours(24), "d");
  }
  return absl::FormatDuration(duration);
}

void AddDuration(CLI::App& app, const std::string& name, absl::Duration& value, absl::Duration least,
                 absl::Duration most, const std::string& help) {
  const auto parse = [least, most](const std::string& text) -> std::optional<absl::Duration> {
    absl::Duration parsed;
    if (text.empty() || !ParseDuration(text, parsed) || parsed < least || parsed > most) return std::nullopt;
    return parsed;
  };
  app.add_option_function<std::string>(
         name,
         [&value, parse, least, most, name](const std::string& text) {
           const auto parsed = parse(text);
           if (!parsed.has_value()) {
             throw CLI::ValidationError(
                 name, absl::StrCat("must be a duration from ", Format(least), " to ", Format(most),
                                    ", such as 90s, 12h or 30d, not ", text));
           }
           value = *parsed;
         },
         help)
      // The form of the default, for ReadSettings.
      ->transform([parse](const std::string& text) {
        const auto parsed = parse(text);
        return parsed.has_value() ? Format(*parsed) : text;
      })
      ->type_name("DURATION")
      ->default_str(Format(value));
}

// A number of bytes: 1000000, 10kb, 5GiB.
void AddBytes(CLI::App& app, const std::string& name, int64_t& value, const std::string& help) {
  app.add_option_function<uint64_t>(
         name,
         [&value, name](uint64_t bytes) {
           // A negative number arrives as a very large one.
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

// One of a few words. The help shows the word of the current value as the default.
template <typename T>
void AddChoice(CLI::App& app, const std::string& name, T& value,
               const std::vector<std::pair<std::string, T>>& words, const std::string& help) {
  std::string all, kinds, shown;
  for (const auto& [word, meaning] : words) {
    absl::StrAppend(&all, all.empty() ? "" : ", ", word);
    absl::StrAppend(&kinds, kinds.empty() ? "" : "|", word);
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
      ->type_name(kinds)
      ->default_str(shown);
}

// Where attempts may go, and how they get there.
void AddEgressFlags(CLI::App& app, Server::Options& options) {
  app.add_option("--egress_allow", options.egress.allow,
                 "addresses and CIDR ranges that endpoints may have although they are not public")
      ->delimiter(',');
  app.add_option("--egress_deny", options.egress.deny,
                 "addresses and CIDR ranges that endpoints may not have, even if they are allowed")
      ->delimiter(',');
  app.add_option("--egress_ports", options.egress.ports,
                 "ports that endpoints may have, such as 443,8000-8999; default: all")
      ->delimiter(',');
  app.add_option("--egress_proxy", options.egress_proxy,
                 "proxy for all attempts, such as http://proxy.internal:3128; it resolves the host names");
  app.add_option("--egress_name_servers", options.egress_name_servers,
                 "name servers that resolve the host names of endpoints, as address or address:port, such as "
                 "10.0.0.2,10.0.0.3:5353; empty: those of /etc/resolv.conf")
      ->delimiter(',');
  AddDuration(app, "--egress_connection_lifetime", options.egress_connection_lifetime,
              limits::kMinConnectionLifetime, limits::kMaxConnectionLifetime,
              "how long a connection to an endpoint is reused; the next attempt then resolves the host name "
              "again and "
              "opens a new connection");
  app.add_flag(
      "--egress_http2", options.egress_http2,
      "use HTTP/2 instead of HTTP/1.1 with https endpoints that offer it, with many attempts on one "
      "connection; refused with --egress_proxy and with a libcurl older than 8.14, which loses responses");
}

// How clients reach hookd and authenticate.
void AddCallerFlags(CLI::App& app, Server::Options& options) {
  app.add_option(
      "--tls_cert_file", options.listen.tls.cert_file,
      "PEM file of hookd's certificate chain, reloaded when it changes; without it hookd speaks plaintext");
  app.add_option("--tls_key_file", options.listen.tls.key_file,
                 "PEM file of the private key for --tls_cert_file");
  app.add_option("--tls_client_ca_file", options.listen.tls.client_ca_file,
                 "PEM file of the CAs whose client certificates are accepted instead of a token's secret");
  app.add_flag("--require_tokens", options.require_tokens,
               "require every client to authenticate with a token");
  app.add_option("--tokens_file", options.tokens_file,
                 "file of further tokens besides those created by the API, one per line, reloaded on SIGHUP; "
                 "requires every client to authenticate");
  app.add_flag(
      "--allow_insecure_listen", options.listen.allow_insecure,
      "accept clients on other machines without TLS or tokens; only safe if no one else can reach the "
      "port");
}

// The web console.
void AddConsoleFlags(CLI::App& app, Server::Options& options) {
  app.add_flag("--console", options.console,
               "serve the web console at / of --http_listen; --console=false turns it off")
      ->default_str("true");
  app.add_option("--console_frame_ancestors", options.console_frame_ancestors,
                 "origins whose web pages may show the console in a frame, such as "
                 "https://app.example.com; empty: none")
      ->delimiter(',');
  app.add_option("--console_theme", options.console_theme,
                 "CSS file that the console loads after its own, such as for other colors");
  app.add_option("--console_logo", options.console_logo,
                 "SVG or PNG file that the console shows as its logo");
}

// Limits that protect the store and its disk.
void AddLimitFlags(CLI::App& app, Server::Options& options) {
  app.add_option("--max_waiting_deliveries", options.max_pending,
                 "maximum number of pending deliveries; above it events are refused")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  app.add_option(
         "--max_waiting_deliveries_per_project", options.max_pending_per_project,
         "maximum number of pending deliveries of one project; above it the project's events are refused")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  AddBytes(app, "--max_store_bytes", options.max_store_bytes,
           "maximum size of the store; above it events are refused; 0: limited only by the disk");
  AddBytes(app, "--min_free_bytes", options.min_free_bytes,
           "minimum free space on the store's disk; below it events are refused");
}

}  // namespace

void AddFlags(CLI::App& app, Server::Options& options) {
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("--version", absl::StrCat("hookd ", kVersion), "print the version and exit");
  app.add_option("--listen", options.listen.address,
                 "address to serve gRPC on, as host:port; port 0 picks a free port")
      ->capture_default_str();
  options.http_listen = kDefaultHttpListen;
  options.http_optional = true;
  app.add_option("--http_listen", options.http_listen,
                 "address to serve HTTP and JSON on, as host:port; empty: no HTTP")
      ->capture_default_str()
      ->each([&options](const std::string&) { options.http_optional = false; });
  app.add_option("--http_allow_origin", options.http_allow_origin,
                 "origins whose web pages may call the API from a browser, such as https://app.example.com; "
                 "empty: none but hookd's own; *: all")
      ->delimiter(',');
  AddConsoleFlags(app, options);
  app.add_option("--metrics_listen", options.metrics_listen,
                 "address to serve Prometheus metrics on, under /metrics, as host:port; empty: no metrics");
  app.add_option("--store", options.store,
                 "URL of a PostgreSQL database that several hookd processes share as their store, such as "
                 "postgresql://hookd:secret@host:5432/hookd; empty: the embedded store in --data_dir");
  AddDuration(
      app, "--lease", options.lease, limits::kMinLease, limits::kMaxLease,
      "how long after its last lease renewal a process loses its webhooks to the other processes on its "
      "store");
  app.add_option("--data_dir", options.data_dir,
                 "directory of the embedded store, created if missing; only one hookd can use it at a time")
      ->capture_default_str();
  app.add_option("--tls_ca", options.tls_ca,
                 "PEM file of the certificates to trust in endpoints, instead of the system's");
  AddCallerFlags(app, options);
  AddEgressFlags(app, options);
  app.add_option(
      "--encryption_key_file", options.encryption_key_file,
      "file of the keys that encrypt webhook secrets in the store, one per line, 32 bytes in base64; "
      "the first key encrypts; without the file, secrets are stored unencrypted");
  AddChoice(app, "--log_format", options.log_format, {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
            "format of the log, which goes to standard error");
  AddChoice(app, "--log_level", options.log_level,
            {{"trace", LogLevel::kTrace},
             {"debug", LogLevel::kDebug},
             {"info", LogLevel::kInfo},
             {"warning", LogLevel::kWarning},
             {"error", LogLevel::kError}},
            "lowest level that is logged; debug logs a line for every attempt");
  AddDuration(app, "--drain_timeout", options.drain_timeout, absl::ZeroDuration(), limits::kMaxDrainTimeout,
              "how long a shutdown waits for calls and attempts in flight");
  AddDuration(app, "--auto_disable_after", options.auto_disable_after, absl::ZeroDuration(),
              limits::kMaxRetention,
              "disable a webhook that has retries on after nothing but failures for this long; 0: never");
  AddDuration(app, "--retention", options.retention, limits::kMinRetention, limits::kMaxRetention,
              "how long events, deliveries and attempts are kept");
  AddDuration(app, "--delivered_retention", options.delivered_retention, limits::kMinRetention,
              limits::kMaxRetention,
              "how long events that were delivered to all their webhooks are kept, if less than --retention");
  AddChoice(
      app, "--search_index", options.search_index, {{"on", true}, {"off", false}},
      "index events, so that searches by user, e-mail, message and campaign answer at once; off deletes "
      "the index, and searches read the events");
  AddLimitFlags(app, options);
}

}  // namespace hookd
