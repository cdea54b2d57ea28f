"""Stands in for what Bazel 4 would download: rules_cc and rules_java, by the rules that it has within itself, and the tools
of `bazel coverage`, which every test names, by nothing. Debian's bazel-rules-cc is too new for Bazel 4.
"""

_RULES = {
    "cc": [
        "cc_binary",
        "cc_library",
        "cc_proto_library",
        "cc_test",
        "cc_toolchain",
        "cc_toolchain_suite",
        "objc_library",
    ],
    "java": [
        "java_binary",
        "java_import",
        "java_library",
        "java_proto_library",
        "java_runtime",
        "java_toolchain",
    ],
}

def _built_in_rules(repository):
    language = repository.attr.language
    repository.file(language + "/BUILD", "")
    lines = ["%s = native.%s\n" % (rule, rule) for rule in _RULES[language]]
    repository.file(language + "/defs.bzl", "".join(lines))

built_in_rules = repository_rule(
    implementation = _built_in_rules,
    attrs = {"language": attr.string(mandatory = True, values = _RULES.keys())},
)

def _no_coverage_tools(repository):
    repository.file("BUILD", 'filegroup(name = "coverage_report_generator", visibility = ["//visibility:public"])\n')

no_coverage_tools = repository_rule(implementation = _no_coverage_tools)
