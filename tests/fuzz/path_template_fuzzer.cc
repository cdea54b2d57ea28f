// Whatever a template and a path say: a template that compiles has the grammar's shape, a path that it
// matches gives values that fit a request, and the router answers every path with a route or with an error of
// HTTP's.
//
// The input is a template, a line feed and a path.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/fuzz/fuzzing.h"
#include "web/routes/path_template.h"
#include "web/routes/router.h"

namespace {

std::unique_ptr<hookd::Router> WebhookRouter() {
  const auto* service = hookd::v1::CreateWebhookRequest::descriptor()->file()->service(0);
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  auto router = hookd::Router::Create(methods);
  HOOKD_PROMISE(router.ok());
  return *std::move(router);
}

void CheckValues(const std::vector<hookd::PathVariable>& values) {
  for (const hookd::PathVariable& variable : values) {
    HOOKD_PROMISE(!variable.field_path.empty());
    HOOKD_PROMISE(variable.value.size() <= hookd::limits::kMaxUrlBytes);
    HOOKD_PROMISE(!absl::StrContains(variable.value, '\0'));
    HOOKD_PROMISE(hookd::ValidUtf8Length(variable.value) == variable.value.size());
  }
}

// A variable of several segments has the slashes of its template and no others.
void CheckSlashes(const hookd::PathTemplate& compiled, const std::vector<hookd::PathVariable>& values) {
  HOOKD_PROMISE(values.size() == compiled.variables().size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t count = compiled.variables()[i].count;
    const size_t last = compiled.variables()[i].first + count - 1;
    if (count == 1 || compiled.segments()[last].kind == hookd::PathTemplate::Kind::kRest) continue;
    size_t slashes = 0;
    for (const char c : values[i].value) slashes += c == '/';
    HOOKD_PROMISE(slashes == count - 1);
  }
}

void CheckTemplate(absl::string_view text, absl::string_view raw) {
  const auto compiled = hookd::PathTemplate::Compile(text);
  const auto path = hookd::RequestPath::Parse(raw);
  if (compiled.ok()) {
    HOOKD_PROMISE(compiled->text() == text);
    HOOKD_PROMISE(!compiled->segments().empty());
    HOOKD_PROMISE(compiled->segments().size() <= hookd::RequestPath::kMaxSegments);
  } else {
    HOOKD_PROMISE(absl::IsInvalidArgument(compiled.status()));
  }
  if (!path.ok()) HOOKD_PROMISE(!path.status().message().empty());
  if (!compiled.ok() || !path.ok() || !compiled->Matches(*path)) return;
  const auto values = compiled->Variables(*path);
  CheckValues(values);
  CheckSlashes(*compiled, values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<hookd::Router> router = WebhookRouter();
  const absl::string_view input = FuzzText(data, size);
  const size_t line = input.find('\n');
  const absl::string_view raw = line == absl::string_view::npos ? input : input.substr(line + 1);
  CheckTemplate(input.substr(0, line), raw);

  for (const absl::string_view method : {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "BREW"}) {
    const hookd::RouteMatch match = router->Match(method, raw);
    HOOKD_PROMISE((match.route != nullptr) + !match.allow.empty() + match.error.has_value() == 1);
    CheckValues(match.variables);
    if (match.route != nullptr) HOOKD_PROMISE(method != "OPTIONS" && method != "BREW");
    if (!match.error.has_value()) continue;
    HOOKD_PROMISE(match.error->http_status >= 400 && match.error->http_status <= 414);
    HOOKD_PROMISE(!match.error->error.ok() && match.error->error.message().size() < 1000);
    HOOKD_PROMISE((match.error->http_status == 405) == !match.error->headers.empty());
  }
  return 0;
}
