#include "model/file_manifest.hpp"

#include "model/fields.hpp"

namespace pitr {

Json to_json(const FileManifest& manifest) {
  Json json = document_head("file", manifest.repository);
  json["engine"] = manifest.engine;
  json["name"] = manifest.name;
  put_payload(json, manifest.payload);
  json["archived_at"] = format_time(manifest.archived_at);
  check_readable([&] { file_manifest_from_json(json, "file " + manifest.name); });
  return json;
}

FileManifest file_manifest_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  FileManifest manifest;
  manifest.repository = read_document_head(reader, "file");
  manifest.engine = read_engine(reader);
  manifest.name = reader.string("name");
  manifest.payload = payload_from_json(reader);
  manifest.archived_at = reader.time("archived_at");
  return manifest;
}

}  // namespace pitr
