#include "network_sim/emulator/request_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace rung::emulator {
namespace {

/// With the three decimals that a real clock deserves.
double milliseconds(Duration duration) { return std::round(to_seconds(duration) * 1e6) / 1e3; }

}  // namespace

std::string to_json(const RequestRecord& record) {
  using Json = nlohmann::ordered_json;
  const double received =
      milliseconds(std::chrono::duration_cast<Duration>(record.received.time_since_epoch()));
  Json line;
  line["ev"] = "request";
  line["t"] = received;
  line["link_ms"] = milliseconds(record.link_time);
  line["conn"] = record.connection;
  line["method"] = record.method;
  line["target"] = record.target;
  line["range"] = record.range.empty() ? Json(nullptr) : Json(record.range);
  line["status"] = record.status;
  line["announced"] = record.announced.bytes();
  line["head_bytes"] = record.head.bytes();
  line["bytes"] = record.body.bytes();
  line["complete"] = record.complete;
  line["fault"] = record.fault.empty() ? Json(nullptr) : Json(record.fault);
  line["first_byte_ms"] =
      record.first_byte ? Json(milliseconds(*record.first_byte)) : Json(nullptr);
  line["finished_ms"] = milliseconds(record.finished);
  Json fields = Json::array();
  for (const auto& [name, value] : record.fields) fields.push_back({name, value});
  line["fields"] = std::move(fields);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rung::emulator
