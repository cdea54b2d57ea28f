#include "web/routes/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "web/routes/shown.h"

namespace hookd {
namespace {

// Whether `a` goes first: from left to right, a literal before * before **.
bool MoreSpecific(const PathTemplate& a, const PathTemplate& b) {
  return std::lexicographical_compare(
      a.segments().begin(), a.segments().end(), b.segments().begin(), b.segments().end(),
      [](const PathTemplate::Segment& x, const PathTemplate::Segment& y) { return x.kind < y.kind; });
}

RouteMatch Failed(int http_status, absl::Status error, WebHeaders headers = {}) {
  RouteMatch match;
  match.error = HttpError{http_status, std::move(error), std::move(headers)};
  return match;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Router>> Router::Create(
    const std::vector<const google::protobuf::MethodDescriptor*>& methods) {
  std::unique_ptr<Router> router(new Router());
  for (size_t i = 0; i < methods.size(); ++i) {
    HOOKD_ASSIGN_OR_RETURN(std::vector<Route> routes, RoutesOf(*methods[i], i));
    for (Route& route : routes) HOOKD_RETURN_IF_ERROR(router->Add(std::move(route)));
  }
  router->Sort();
  return router;
}

absl::StatusOr<std::unique_ptr<Router>> Router::Create(const std::vector<Method>& methods) {
  std::vector<const google::protobuf::MethodDescriptor*> descriptors;
  descriptors.reserve(methods.size());
  for (const Method& method : methods) descriptors.push_back(method.descriptor);
  return Create(descriptors);
}

absl::Status Router::Add(Route route) {
  Table& table = tables_[route.path.verb()];
  const size_t size = route.path.segments().size();
  if (!route.path.open_ended() && table.by_size.size() <= size) table.by_size.resize(size + 1);
  std::vector<Routes>& templates = route.path.open_ended() ? table.open_ended : table.by_size[size];
  auto same = std::find_if(templates.begin(), templates.end(), [&route](const Routes& routes) {
    return routes.front()->path.segments() == route.path.segments();
  });
  if (same == templates.end()) same = templates.emplace(templates.end());
  for (const Route* other : *same) {
    if (other->http_method != route.http_method) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        route.method->full_name(), ": google.api.http: ", route.http_method, " ", route.path.text(),
        " matches the same requests as ", other->path.text(), " of ", other->method->full_name()));
  }
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  same->push_back(routes_.back().get());
  return absl::OkStatus();
}

void Router::Sort() {
  const auto more_specific = [](const Routes& a, const Routes& b) {
    return MoreSpecific(a.front()->path, b.front()->path);
  };
  for (auto& [verb, table] : tables_) {
    for (auto& templates : table.by_size) {
      std::stable_sort(templates.begin(), templates.end(), more_specific);
    }
    std::stable_sort(table.open_ended.begin(), table.open_ended.end(), more_specific);
  }
}

void Router::Collect(absl::string_view verb, const RequestPath& path, Candidates* found) const {
  const auto table = tables_.find(verb);
  if (table == tables_.end()) return;
  const auto collect = [&](const std::vector<Routes>& templates) {
    for (const Routes& routes : templates) {
      if (routes.front()->path.Matches(path)) found->push_back(&routes);
    }
  };
  if (path.size() < table->second.by_size.size()) collect(table->second.by_size[path.size()]);
  collect(table->second.open_ended);
}

const Route* Router::Find(const Candidates& candidates, absl::string_view http_method) {
  for (const Routes* routes : candidates) {
    const Route* other = nullptr;  // one that serves the method too
    for (const Route* route : *routes) {
      if (route->http_method == http_method) return route;
      const bool serves = (http_method == "HEAD" && route->http_method == "GET") ||
                          (http_method != "OPTIONS" && route->http_method == "*" && other == nullptr);
      if (serves) other = route;
    }
    if (other != nullptr) return other;
  }
  return nullptr;
}

std::string Router::Allow(const Candidates& candidates) {
  std::vector<absl::string_view> methods;
  const auto add = [&methods](absl::string_view method) {
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
  };
  for (const absl::string_view usual : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    if (Find(candidates, usual) != nullptr) add(usual);
  }
  for (const Routes* routes : candidates) {
    for (const Route* route : *routes) {
      if (route->http_method != "*") add(route->http_method);
    }
  }
  add("OPTIONS");
  return absl::StrJoin(methods, ", ");
}

RouteMatch Router::Match(absl::string_view http_method, absl::string_view raw_path) const {
  const auto path = RequestPath::Parse(raw_path);
  if (!path.ok()) return Failed(absl::IsOutOfRange(path.status()) ? 414 : 400, path.status());

  Candidates candidates;
  if (!path->verb().empty()) Collect(path->verb(), *path, &candidates);
  if (candidates.empty()) Collect("", *path, &candidates);
  if (candidates.empty()) {
    return Failed(404, absl::NotFoundError(absl::StrCat(
                           Shown(raw_path), " is not a path of the API; /openapi.json describes all paths")));
  }
  RouteMatch match;
  match.route = Find(candidates, http_method);
  if (match.route != nullptr) {
    match.variables = match.route->path.Variables(*path);
    return match;
  }
  match.allow = Allow(candidates);
  if (http_method == "OPTIONS") return match;
  return Failed(405,
                absl::UnimplementedError(absl::StrCat(Shown(http_method), " is not a method of ",
                                                      Shown(raw_path), "; allowed: ", match.allow)),
                {{"Allow", match.allow}});
}

}  // namespace hookd
