"""The one place for what hookd needs of others: `@hookd_deps`, here made of this system's libraries by pkg-config.

A workspace with libraries of its own gives the name `hookd_deps` to a repository of its own, with the same targets in its
root package: a library for each key of LIBRARIES; `protoc` and `grpc_cpp_plugin`, the programs; `proto_imports`, the .proto
files of google/protobuf, google/api and google/rpc that the protos import, wherever they lie; and `googleapis`, the C++
library of google/api/annotations.proto, google/rpc/status.proto and google/rpc/error_details.proto.
"""

# Library: pkg-config's modules. A name with a dash is a flag for the linker, where there is no such module.
LIBRARIES = {
    "absl": [
        "absl_btree",
        "absl_flat_hash_map",
        "absl_flat_hash_set",
        "absl_optional",
        "absl_random_random",
        "absl_status",
        "absl_statusor",
        "absl_strings",
        "absl_synchronization",
        "absl_time",
    ],
    "cli11": ["CLI11"],
    "curl": ["libcurl"],
    "grpc": ["grpc++", "-lgrpc++_reflection", "-lgrpcpp_channelz"],
    "gtest": ["gmock", "gtest_main"],
    "httplib": ["cpp-httplib"],
    "jemalloc": ["jemalloc"],
    "openssl": ["openssl"],
    "postgres": ["libpq"],
    "prometheus": ["prometheus-cpp-pull", "prometheus-cpp-core"],
    "protobuf": ["protobuf"],
    "rapidjson": ["RapidJSON"],
    "spdlog": ["spdlog"],
    "sqlite": ["sqlite3"],
    "systemd": ["libsystemd"],
}

_GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"

_BUILD = """
package(default_visibility = ["//visibility:public"])

exports_files(["protoc", "grpc_cpp_plugin"])

filegroup(
    name = "proto_imports",
    srcs = glob(["google/api/*.proto", "google/rpc/*.proto", "include/google/protobuf/*.proto"]),
)

_PROTOS = [
    "google/api/annotations",
    "google/api/http",
    "google/rpc/code",
    "google/rpc/error_details",
    "google/rpc/status",
]

genrule(
    name = "googleapis_cc",
    srcs = [proto + ".proto" for proto in _PROTOS],
    outs = [proto + ".pb.cc" for proto in _PROTOS] + [proto + ".pb.h" for proto in _PROTOS],
    cmd = "$(location protoc) -I external/%s -I external/%s/include --cpp_out=$(RULEDIR) $(SRCS)",
    tools = ["protoc", "proto_imports"],
)

cc_library(
    name = "googleapis",
    srcs = [proto + ".pb.cc" for proto in _PROTOS],
    hdrs = [proto + ".pb.h" for proto in _PROTOS],
    copts = ["-std=c++20"],
    includes = ["."],
    deps = ["protobuf"],
)
"""

_LIBRARY = """
cc_library(
    name = "%s",
    hdrs = glob([folder + "/**/*.h" for folder in %s]),
    defines = %s,
    includes = %s,
    linkopts = %s,
)
"""

def _flags(repository, name, modules):
    flags = [module for module in modules if module.startswith("-")]
    found = repository.execute(
        ["pkg-config", "--cflags", "--libs"] + [module for module in modules if not module.startswith("-")],
    )
    if found.return_code:
        fail("%s: %sRun cmake/install_packages build, or give @hookd_deps another place." % (name, found.stderr))
    return flags + found.stdout.strip().split(" ")

def _system_libraries(repository):
    build = _BUILD % (repository.name, repository.name)
    for name, modules in LIBRARIES.items():
        flags = _flags(repository, name, modules)
        includes = []
        for flag in flags:
            # Not those that every compiler looks into.
            if flag.startswith("-I/usr/include/") and flag != "-I/usr/include/x86_64-linux-gnu":
                includes.append("%s_include_%s" % (name, len(includes)))
                repository.symlink(flag[len("-I"):], includes[-1])
        build += _LIBRARY % (
            name,
            includes,
            [flag[len("-D"):] for flag in flags if flag.startswith("-D")],
            includes,
            [flag for flag in flags if flag.startswith("-l") or flag == "-pthread"],
        )
    repository.file("BUILD", build)
    for program in ["protoc", "grpc_cpp_plugin"]:
        path = repository.which(program)
        if not path:
            fail("%s is not on this machine: run cmake/install_packages build" % program)
        repository.symlink(path, program)
    repository.symlink(_GOOGLEAPIS + "/google", "google")
    repository.symlink("/usr/include/google/protobuf", "include/google/protobuf")

system_libraries = repository_rule(implementation = _system_libraries, local = True)
