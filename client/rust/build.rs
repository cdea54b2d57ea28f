//! Generates the stubs from protos/.
use std::{env, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = Path::new("../../protos");
    // Google's own, which hookd's import: see client/README.md.
    let googleapis = env::var("GOOGLEAPIS").map_err(|_| "GOOGLEAPIS: the folder that has google/rpc/status.proto")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(protos.join("hookd/v1"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    println!("cargo:rerun-if-changed=../../protos");
    println!("cargo:rerun-if-env-changed=GOOGLEAPIS");
    tonic_prost_build::configure()
        .build_server(false)
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_protos(&files, &[protos.to_path_buf(), googleapis.into()])?;
    Ok(())
}
