#pragma once

/// The C interface between Rung and a policy in a shared object (docs/bring-your-own.md). Plain C99
/// and C++; it needs no library, and a policy that includes it links nothing of Rung.
///
/// A shared object exports one function, rung_policy_plugin(). What it returns tells Rung for which
/// version of this header it was built and what to call. Rung then calls create() once for each
/// session, choose() for each of its segments and destroy() at its end.
///
/// Ownership: what a pointer refers to belongs to whoever made it. Arguments hold until the call
/// returns, except rung_policy_title and rung_policy_host, which hold until destroy() has returned.
/// The table that rung_policy_plugin() returns holds as long as the object is loaded, which is
/// until the program ends.
///
/// Threads: the calls for one policy follow one another, though not all on one thread. Calls for
/// different policies run at once under `rung simulate --jobs`. A policy must be a function of what
/// it is told (no clock, no shared state), or results differ from run to run.
///
/// Times are whole nanoseconds, sizes bytes, rates bits per second: what Rung itself counts in.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Grows when a plug-in of before could not run any more. New members at the end of a struct do not
/// change it: `struct_size` tells how much of a struct the other side knows.
#define RUNG_POLICY_ABI_VERSION 1

/// Put before the definition of rung_policy_plugin().
#ifdef __cplusplus
#define RUNG_POLICY_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define RUNG_POLICY_EXPORT __attribute__((visibility("default")))
#endif

/// What a session chooses from: segments counted from 0 over all periods, and for each a ladder of
/// representations counted from 0 in ascending order of bandwidth.
typedef struct rung_policy_title rung_policy_title;

/// Questions about a title. A segment or representation that does not exist has 0 of everything. Of
/// a live title segment_count() grows from call to call; numbers of segments stay.
typedef struct rung_policy_host {
  uint32_t abi_version;
  uint32_t struct_size;
  int64_t (*segment_count)(const rung_policy_title* title);
  /// On the presentation's time line.
  int64_t (*segment_start_ns)(const rung_policy_title* title, int64_t segment);
  int64_t (*segment_duration_ns)(const rung_policy_title* title, int64_t segment);
  /// Rungs of the ladder at `segment`. It changes only where a period begins.
  int32_t (*representation_count)(const rung_policy_title* title, int64_t segment);
  int64_t (*bandwidth_bps)(const rung_policy_title* title, int64_t segment, int32_t representation);
  /// Picture height; 0 where it is not known.
  int32_t (*height)(const rung_policy_title* title, int64_t segment, int32_t representation);
  /// Of any segment ahead: exact where sizes_known(), else bandwidth x duration.
  int64_t (*segment_size)(const rung_policy_title* title, int64_t segment, int32_t representation);
  /// 1 where the manifest tells the sizes, else 0.
  int32_t (*sizes_known)(const rung_policy_title* title);
} rung_policy_host;

/// What a segment is worth to reports: see docs/qoe.md.
enum {
  RUNG_POLICY_QOE_LIN = 0,
  RUNG_POLICY_QOE_LOG = 1,
  RUNG_POLICY_QOE_HD = 2,
  RUNG_POLICY_QOE_SSIM = 3,
  RUNG_POLICY_QOE_VMAF = 4
};

/// What a policy is told once.
typedef struct rung_policy_session {
  uint32_t struct_size;
  uint32_t qoe_model;
  const rung_policy_host* host;
  const rung_policy_title* title;
  /// What stands behind ".so:" in `--policy ./my.so:TEXT`; empty, never null.
  const char* parameters;
  int64_t buffer_capacity_ns;
  /// Of what the policy draws at random, so that a run can be repeated.
  uint64_t seed;
  /// Of the QoE that reports are made with.
  double switch_penalty;
  double rebuffer_penalty;
  double startup_penalty;
} rung_policy_session;

/// What the viewer sees.
enum {
  RUNG_POLICY_STARTING = 0,  ///< nothing has been shown yet
  RUNG_POLICY_PLAYING = 1,
  RUNG_POLICY_STALLED = 2,  ///< the buffer ran dry while playing
  RUNG_POLICY_SEEKING = 3,  ///< waiting for media at a place that the viewer chose
  RUNG_POLICY_PAUSED = 4    ///< by the viewer
};

/// What a policy sees when it chooses.
typedef struct rung_policy_situation {
  uint32_t struct_size;
  int32_t playback;  ///< RUNG_POLICY_STARTING and so on.
  int64_t now_ns;    ///< Since the viewer's wish to play.
  int64_t segment;   ///< The one to choose for.
  int64_t buffer_level_ns;
  int64_t buffer_capacity_ns;
  int64_t forecast_bps;         ///< Throughput, latency included; 0 where nothing is known.
  int64_t forecast_latency_ns;  ///< Request to first byte.
  int64_t startup_delay_ns;     ///< So far.
  int64_t stalled_ns;           ///< Rebuffering after the start.
  int32_t previous;             ///< Representation of the segment before; -1 where there is none.
  int32_t reserved;
} rung_policy_situation;

/// What to fetch, and when.
typedef struct rung_policy_decision {
  int32_t representation;  ///< In the ladder at the segment. Comes as -1, so it must be set.
  int32_t reserved;
  /// Ask only after so long; comes as 0. A wait never outlasts the buffer.
  int64_t wait_ns;
} rung_policy_decision;

/// A transfer that is over: completed, or given up after something came.
typedef struct rung_policy_transfer {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t requested_ns;
  int64_t first_byte_ns;
  int64_t completed_ns;
  int64_t size;
} rung_policy_transfer;

/// A transfer that runs.
typedef struct rung_policy_running {
  uint32_t struct_size;
  int32_t representation;
  int64_t requested_ns;
  int64_t first_byte_ns;  ///< -1 where nothing has come.
  int64_t received;
  int64_t expected;    ///< As far as it is known.
  int64_t recent_bps;  ///< Over the last second or two; 0 in a transfer's first second.
  /// Until the buffer runs dry, or, where nothing is shown yet, until the start-up delay aimed at.
  int64_t deadline_ns;
} rung_policy_running;

/// What a shared object offers. Functions that return int32_t return 0 when all is well; anything
/// else ends the policy, and Rung reports explain()'s text.
typedef struct rung_policy_plugin_table {
  uint32_t abi_version;  ///< RUNG_POLICY_ABI_VERSION
  uint32_t struct_size;  ///< sizeof(rung_policy_plugin_table)
  /// A new policy, or null with the reason written to `error`, which has room for `room` bytes.
  void* (*create)(const rung_policy_session* session, char* error, size_t room);
  int32_t (*choose)(void* policy, const rung_policy_situation* situation,
                    rung_policy_decision* decision);
  void (*destroy)(void* policy);

  // The rest may be null.

  /// Asked every 250 ms while a transfer runs that has a representation below it. Writes that of a
  /// lower one to fetch instead to `instead`; it comes as -1, which lets the transfer run. Where
  /// this is null, Rung's own rule gives up what comes too late (docs/policies.md).
  int32_t (*reconsider)(void* policy, const rung_policy_situation* situation,
                        const rung_policy_running* running, int32_t* instead);
  void (*observe)(void* policy, const rung_policy_transfer* transfer);
  /// The viewer went elsewhere: what was learned about the buffer no longer holds.
  void (*on_seek)(void* policy);
  /// Why the last call failed. The text holds until the next call.
  const char* (*explain)(void* policy);
} rung_policy_plugin_table;

/// The type and the name of the one function that a shared object exports:
/// `RUNG_POLICY_EXPORT const rung_policy_plugin_table* rung_policy_plugin(void)`.
typedef const rung_policy_plugin_table* (*rung_policy_plugin_function)(void);
#define RUNG_POLICY_PLUGIN_SYMBOL "rung_policy_plugin"

#ifdef __cplusplus
}
#endif
