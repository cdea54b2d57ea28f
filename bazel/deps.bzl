"""All dependencies of hookd: the repository `@hookd_deps`, here with the libraries of the system, found by pkg-config.

A workspace with its own libraries gives the name `hookd_deps` to its own repository, with the same targets in its root
package: a library for each key of LIBRARIES; the programs `protoc` and `grpc_cpp_plugin`; `proto_imports`, the .proto files
of google/protobuf, google/api and google/rpc that the protos import, in any folder; `googleapis`, the C++ library of
google/api/annotations.proto, google/rpc/status.proto and google/rpc/error_details.proto; and `grpc_health`, the C++ library
of grpc/health/v1/health.proto.
"""

# Library: its pkg-config modules. A name that starts with a dash is a linker flag, for libraries without a module.
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
    # Headers alone, in a folder that every compiler searches.
    "boost": ["-pthread"],
    "cares": ["libcares"],
    "cli11": ["CLI11"],
    "curl": ["libcurl"],
    "grpc": ["grpc++", "-lgrpc++_reflection", "-lgrpcpp_channelz"],
    "gtest": ["gmock", "gtest_main"],
    "httplib": ["cpp-httplib"],
    "jemalloc": ["jemalloc"],
    "openssl": ["openssl"],
    "postgres": ["libpq"],
    "prometheus": ["prometheus-cpp-core"],
    "protobuf": ["protobuf"],
    "rapidjson": ["RapidJSON"],
    "spdlog": ["spdlog"],
    "sqlite": ["sqlite3"],
    "systemd": ["libsystemd"],
    "zlib": ["zlib"],
}

_GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"

_GRPC_PROTO = "/usr/share/gocode/src/google.golang.org/grpc/debian/missing-sources/grpc/grpc-proto/master"

_BUILD = """
package(default_visibility = ["//visibility:public"])

exports_files(["protoc", "grpc_cpp_plugin"])

filegroup(
    name = "proto_imports",
    srcs = glob(["google/api/*.proto", "google/rpc/*.proto", "include/google/protobuf/*.proto"]),
)

_PROTOS = {
    "googleapis": [
        "google/api/annotations",
        "google/api/http",
        "google/rpc/code",
        "google/rpc/error_details",
        "google/rpc/status",
    ],
    "grpc_health": ["grpc/health/v1/health"],
}

[genrule(
    name = name + "_cc",
    srcs = [proto + ".proto" for proto in protos],
    outs = [proto + ".pb.cc" for proto in protos] + [proto + ".pb.h" for proto in protos],
    cmd = "$(location protoc) -I external/%s -I external/%s/include --cpp_out=$(RULEDIR) $(SRCS)",
    tools = ["protoc", "proto_imports"],
) for name, protos in _PROTOS.items()]

[cc_library(
    name = name,
    srcs = [proto + ".pb.cc" for proto in protos],
    hdrs = [proto + ".pb.h" for proto in protos],
    copts = ["-std=c++20"],
    includes = ["."],
    deps = ["protobuf"],
) for name, protos in _PROTOS.items()]
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
    if len(flags) == len(modules):
        return flags
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
            # Except the folders that every compiler searches.
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
    repository.symlink(_GRPC_PROTO + "/grpc", "grpc")
    repository.symlink("/usr/include/google/protobuf", "include/google/protobuf")

system_libraries = repository_rule(implementation = _system_libraries, local = True)
