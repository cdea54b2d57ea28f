# Writes OUTPUT: the file SERVICE_CONFIG as C++ (see hookd/v1/service_config.h).
file(READ ${SERVICE_CONFIG} json)
file(WRITE ${OUTPUT} "#include \"hookd/v1/service_config.h\"

namespace hookd::v1 {

std::string_view ServiceConfigJson() { return R\"json(${json})json\"; }

}  // namespace hookd::v1
")
