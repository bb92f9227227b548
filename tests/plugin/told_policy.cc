#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "plugin/policy_abi.h"

// A policy that acts as its parameters tell, also wrongly. It counts what it is told, for
// explain().

namespace {

struct ToldPolicy {
  std::string act;
  const rung_policy_host* host = nullptr;
  const rung_policy_title* title = nullptr;
  int observed = 0;
  std::string why;
};

ToldPolicy& told(void* policy) { return *static_cast<ToldPolicy*>(policy); }

void* create(const rung_policy_session* session, char* error, size_t room) {
  const std::string act = session->parameters;
  if (act == "refuse") {
    std::snprintf(error, room, "no licence");
    return nullptr;
  }
  if (act == "null") return nullptr;
  auto policy = std::make_unique<ToldPolicy>();
  policy->act = act;
  policy->host = session->host;
  policy->title = session->title;
  return policy.release();
}

int32_t choose(void* policy, const rung_policy_situation* situation,
               rung_policy_decision* decision) {
  ToldPolicy& self = told(policy);
  const std::string& act = self.act;
  if (situation->segment < 2) {
    decision->representation = 1;
    return 0;
  }
  if (act == "range") decision->representation = 77;
  if (act == "throw") throw std::runtime_error("out of ideas");
  if (act == "throw-number") throw 7;
  if (act == "abort") std::abort();
  if (act == "negative-wait") decision->wait_ns = -1;
  if (act == "status") {
    self.why = "saw " + std::to_string(self.observed) + " transfers";
    return 3;
  }
  if (act == "wait") decision->wait_ns = 1'500'000'000;
  if (act == "ahead") {
    // What lies ahead, and nothing behind the end.
    const int64_t last = self.host->segment_count(self.title) - 1;
    const bool right = self.host->segment_size(self.title, last, 0) > 0 &&
                       self.host->segment_size(self.title, last + 1, 0) == 0 &&
                       self.host->segment_size(self.title, last, 99) == 0 &&
                       self.host->bandwidth_bps(self.title, 0, 1) == 750'000 &&
                       self.host->representation_count(self.title, last) == 6 &&
                       self.host->segment_start_ns(self.title, 1) == 4'000'000'000 &&
                       self.host->segment_duration_ns(self.title, last) == 4'000'000'000 &&
                       situation->previous == (situation->segment == 2 ? 1 : 2);
    decision->representation = right ? 2 : -1;
    return 0;
  }
  if (act == "silent") return 0;  // Leaves the decision as it came.
  if (act == "range") return 0;
  decision->representation = act == "give-up" || act == "give-up-upwards" ? 5 : 1;
  return 0;
}

void destroy(void* policy) { std::unique_ptr<ToldPolicy>(&told(policy)).reset(); }

int32_t reconsider(void* policy, const rung_policy_situation*, const rung_policy_running* running,
                   int32_t* instead) {
  const std::string& act = told(policy).act;
  if (act == "give-up") *instead = 0;
  if (act == "give-up-upwards") *instead = running->representation;
  return 0;
}

void observe(void* policy, const rung_policy_transfer* transfer) {
  if (transfer->size > 0 && transfer->completed_ns >= transfer->requested_ns)
    ++told(policy).observed;
}

void on_seek(void*) {}

const char* explain(void* policy) { return told(policy).why.c_str(); }

constexpr rung_policy_plugin_table table{RUNG_POLICY_ABI_VERSION,
                                         sizeof(rung_policy_plugin_table),
                                         create,
                                         choose,
                                         destroy,
                                         reconsider,
                                         observe,
                                         on_seek,
                                         explain};

}  // namespace

RUNG_POLICY_EXPORT const rung_policy_plugin_table* rung_policy_plugin() { return &table; }
