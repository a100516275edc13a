/**
 * Callables that call what they are given, or make classes of it, so that no REDUCE shows the call. What each of them calls is told by the
 * table in callbacks.ts; that it is one is asked where a callable is handed on.
 */
export const CALLER_NAMES = [
  "torch._tensor._rebuild_from_type",
  "torch._tensor._rebuild_from_type_v2",
  "torch.tensor._rebuild_from_type",
  "torch.tensor._rebuild_from_type_v2",
  "jax._src.array._reconstruct_array",
  "dill._dill._create_array",
  "numpy.random._pickle.__generator_ctor",
  "numpy.random._pickle.__randomstate_ctor",
  "itertools.groupby",
  "itertools.accumulate",
  "builtins.property",
  "collections.defaultdict",
  "cloudpickle.cloudpickle._make_skeleton_class",
  "dill._dill._create_type",
  "cloudpickle.cloudpickle._make_skeleton_enum",
  "cloudpickle.cloudpickle._make_parametrized_type",
  "cloudpickle.cloudpickle._class_setstate",
  "cloudpickle.cloudpickle._function_setstate",
  "cloudpickle.cloudpickle._fill_function",
  "types.new_class",
  "enum.Enum",
  "enum.Flag",
  "enum.IntEnum",
  "enum.IntFlag",
  "enum.StrEnum",
  "enum.FlagBoundary",
  "dateutil.tz.tz.tzfile",
] as const;

const CALLERS: ReadonlySet<string> = new Set(CALLER_NAMES);

export function isCaller(name: string): boolean {
  return CALLERS.has(name);
}
