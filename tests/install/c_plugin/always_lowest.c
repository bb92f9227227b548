#include "plugin/policy_abi.h"

/* The smallest policy, in C99. */

static int nothing;

static void* create(const rung_policy_session* session, char* error, size_t room) {
  (void)session, (void)error, (void)room;
  return &nothing;
}

static int32_t choose(void* policy, const rung_policy_situation* situation,
                      rung_policy_decision* decision) {
  (void)policy, (void)situation;
  decision->representation = 0;
  return 0;
}

static void destroy(void* policy) { (void)policy; }

RUNG_POLICY_EXPORT const rung_policy_plugin_table* rung_policy_plugin(void) {
  static const rung_policy_plugin_table table = {.abi_version = RUNG_POLICY_ABI_VERSION,
                                                 .struct_size = sizeof(rung_policy_plugin_table),
                                                 .create = create,
                                                 .choose = choose,
                                                 .destroy = destroy};
  return &table;
}
