#include "web/routes/negotiation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "web/routes/header_values.h"
#include "web/routes/shown.h"

namespace hookd {
namespace {

constexpr int kFullQuality = 1000;

// An element of Accept or Accept-Encoding.
struct Preference {
  std::string value;  // in lower case
  int quality;        // in thousandths
};

// A q-value: 0 or 1 with up to three decimals, in thousandths; nothing if it is malformed.
std::optional<int> ParseQuality(absl::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int quality = (text[0] - '0') * kFullQuality;
  text.remove_prefix(1);
  if (text.empty()) return quality;
  if (!absl::ConsumePrefix(&text, ".") || text.size() > 3) return std::nullopt;
  int weight = kFullQuality / 10;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    quality += (c - '0') * weight;
    weight /= 10;
  }
  if (quality > kFullQuality) return std::nullopt;
  return quality;
}

std::vector<Preference> Preferences(const WebHeaders& headers, absl::string_view name) {
  std::vector<Preference> preferences;
  for (const absl::string_view element : HeaderElements(headers, name)) {
    auto parsed = ParseParameterized(element);
    if (!parsed.has_value()) continue;
    const std::string* const q = parsed->Find("q");
    const auto quality = q == nullptr ? kFullQuality : ParseQuality(*q);
    if (quality.has_value()) preferences.push_back({std::move(parsed->value), *quality});
  }
  return preferences;
}

// How specifically a media range matches a media type; 0 if it does not.
int Specificity(absl::string_view range, absl::string_view media_type) {
  if (range == media_type) return 3;
  if (range == "*/*") return 1;
  const bool is_group = absl::ConsumeSuffix(&range, "/*");
  return is_group && range == media_type.substr(0, media_type.find('/')) ? 2 : 0;
}

// The quality of a media type; 0 if it is not acceptable.
int QualityOf(absl::string_view media_type, const std::vector<Preference>& preferences) {
  int best = 0;
  int quality = 0;
  for (const Preference& preference : preferences) {
    const int specificity = Specificity(preference.value, media_type);
    if (specificity == 0 || specificity < best) continue;
    quality = specificity > best ? preference.quality : std::max(quality, preference.quality);
    best = specificity;
  }
  return quality;
}

HttpError Unsupported(absl::string_view what, WebHeaders headers) {
  return {415, absl::InvalidArgumentError(what), std::move(headers)};
}

std::optional<HttpError> CheckContentType(const WebRequest& request) {
  const auto refuse = [](absl::string_view what) {
    return Unsupported(absl::StrCat("Content-Type: ", what, "; send application/json"),
                       {{"Accept", "application/json"}});
  };
  const auto values = HeaderValues(request.headers, "content-type");
  if (values.empty()) {
    if (request.body.empty()) return std::nullopt;
    return refuse("the body has none");
  }
  if (values.size() > 1) return refuse("the header occurs several times");
  const auto type = ParseParameterized(values[0]);
  if (!type.has_value() || type->value != "application/json") {
    return refuse(absl::StrCat("\"", Shown(values[0]), "\" is not supported"));
  }
  for (const auto& [name, value] : type->parameters) {
    if (name == "charset" && !absl::EqualsIgnoreCase(value, "utf-8")) {
      return refuse(absl::StrCat("charset ", Shown(value), " is not utf-8"));
    }
  }
  return std::nullopt;
}

}  // namespace

absl::string_view MediaType(Representation representation) {
  switch (representation) {
    case Representation::kJson:
      return "application/json";
    case Representation::kJsonLines:
      return "application/x-ndjson";
    case Representation::kEventStream:
      return "text/event-stream";
  }
  return "";
}

std::optional<Representation> Negotiate(const WebHeaders& headers, absl::Span<const Representation> offered) {
  if (offered.empty()) return std::nullopt;
  const std::vector<Preference> preferences = Preferences(headers, "accept");
  if (preferences.empty()) return offered.front();
  std::optional<Representation> chosen;
  int chosen_quality = 0;
  for (const Representation representation : offered) {
    const int quality = QualityOf(MediaType(representation), preferences);
    if (quality <= chosen_quality) continue;
    chosen = representation;
    chosen_quality = quality;
  }
  return chosen;
}

bool PrefersHtml(const WebHeaders& headers) {
  const std::vector<Preference> preferences = Preferences(headers, "accept");
  return QualityOf("text/html", preferences) > QualityOf(MediaType(Representation::kJson), preferences);
}

HttpError NotAcceptable(absl::Span<const Representation> offered) {
  const std::string types = absl::StrJoin(offered, ", ", [](std::string* out, Representation representation) {
    absl::StrAppend(out, MediaType(representation));
  });
  return {406, absl::InvalidArgumentError(absl::StrCat("Accept: the response can only be ", types)), {}};
}

bool AcceptsGzip(const WebHeaders& headers) {
  int gzip = -1, identity = -1, others = -1;  // not named
  for (const Preference& preference : Preferences(headers, "accept-encoding")) {
    if (preference.value == "gzip" || preference.value == "x-gzip") gzip = std::max(gzip, preference.quality);
    if (preference.value == "identity") identity = preference.quality;
    if (preference.value == "*") others = preference.quality;
  }
  if (gzip < 0) gzip = others;
  return gzip > 0 && gzip >= identity;
}

std::optional<HttpError> CheckContent(const WebRequest& request) {
  for (const absl::string_view encoding : HeaderElements(request.headers, "content-encoding")) {
    if (absl::EqualsIgnoreCase(encoding, "identity")) continue;
    return Unsupported(
        absl::StrCat("Content-Encoding: ", Shown(encoding), " is not supported; send the body uncompressed"),
        {{"Accept-Encoding", "identity"}});
  }
  const bool reads_only = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  if (reads_only && request.body.empty()) return std::nullopt;
  return CheckContentType(request);
}

}  // namespace hookd
