/** What an op does to the world outside the graph. */
export type Capability = "python" | "write" | "read" | "list" | "network" | "process" | "opaque";

/** Where an op says what it reaches: an input by position, or an attribute by name. */
export type Operand = { readonly input: number } | { readonly attribute: string };

export interface Operation {
  readonly does: Capability;
  /** Empty for ops that are told whatever they are given. */
  readonly operands: readonly Operand[];
  /** Ordinary models carry it to save and restore their variables: a path that the caller gives is normal. */
  readonly isSaver?: true;
  /** Feeds a training or reports on it: such a graph keeps the paths of the machine it was made on. */
  readonly isPipeline?: true;
}

type Row = readonly [name: string, does: Capability, ...operands: readonly (number | string)[]];

/** Ops that reach outside, of TensorFlow 1.8 to 2.21. A number is an input, a text an attribute. */
const ROWS: readonly Row[] = [
  ["PyFunc", "python", "token"],
  ["PyFuncStateless", "python", "token"],
  ["EagerPyFunc", "python", "token"],

  ["WriteFile", "write", 0],
  ["SaveDataset", "write", 1],
  ["SaveDatasetV2", "write", 1],
  ["DatasetToTFRecord", "write", 1],
  ["ExperimentalDatasetToTFRecord", "write", 1],
  ["PrintV2", "write", "output_stream"],
  ["DumpTensor", "write", "log_dir_path"],
  ["CalibrationStatisticsSaver", "write", "output_file_path"],
  ["CreateSummaryDbWriter", "write", 1],
  ["SnapshotDataset", "write", 1, "reader_path_prefix", "writer_path_prefix"],
  ["SnapshotDatasetV2", "write", 1, "reader_prefix", "writer_prefix"],
  ["CacheDataset", "write", 1],
  ["CacheDatasetV2", "write", 1],
  ["DistributedSave", "write", 1, 2],
  ["DebugIdentity", "write", "debug_urls"],
  ["DebugIdentityV2", "write", "debug_urls"],
  ["DebugIdentityV3", "write", "debug_urls"],
  ["DebugNanCount", "write", "debug_urls"],
  ["DebugNumericSummary", "write", "debug_urls"],

  ["ReadFile", "read", 0],
  ["SqlDataset", "read", 1],
  ["ExperimentalSqlDataset", "read", 1],
  ["ImmutableConst", "read", "memory_region_name"],
  ["LoadAndRemapMatrix", "read", 0],
  ["GenerateVocabRemapping", "read", 0, 1],
  ["LoadDataset", "read", 0],
  ["SnapshotDatasetReader", "read", 0],
  ["SnapshotChunkDataset", "read", 0],
  ["ListSnapshotChunksDataset", "read", 0],
  ["FixedUnigramCandidateSampler", "read", "vocab_file"],
  ["Skipgram", "read", "filename"],
  ["DecodeProtoV2", "read", "descriptor_source"],
  ["EncodeProto", "read", "descriptor_source"],

  ["RpcServer", "network", 0],
  ["RpcClient", "network", 0],
  ["DataServiceDataset", "network", 2],
  ["DataServiceDatasetV2", "network", 2],
  ["DataServiceDatasetV3", "network", 2],
  ["DataServiceDatasetV4", "network", 2],
  ["RegisterDataset", "network", 1],
  ["RegisterDatasetV2", "network", 1],
  ["RemoteCall", "network", 0],
  ["FileSystemSetConfiguration", "network"],
  // TensorFlow 1.8 to 1.15, contrib
  ["Rpc", "network", 0],
  ["TryRpc", "network", 0],
  ["KafkaDataset", "network", 1],
  ["IgniteDataset", "network", 1],
  ["GcsConfigureBlockCache", "network"],
  ["GcsConfigureCredentials", "network"],

  ["Abort", "process"],

  ["MlirPassthroughOp", "opaque"],
  ["XlaCustomCall", "opaque"],
  ["XlaCustomCallV2", "opaque"],
  ["TPUExecute", "opaque"],
  ["TPUExecuteAndUpdateVariables", "opaque"],
  ["TRTEngineOp", "opaque"],
];

const SAVER_ROWS: readonly Row[] = [
  ["Save", "write", 0],
  ["SaveSlices", "write", 0],
  ["SaveV2", "write", 0],
  ["MergeV2Checkpoints", "write", 0, 1],
  ["Restore", "read", 0],
  ["RestoreSlice", "read", 0],
  ["RestoreV2", "read", 0],
  ["DTensorRestoreV2", "read", 0],
];

const PIPELINE_ROWS: readonly Row[] = [
  ["TextLineDataset", "read", 0],
  ["TFRecordDataset", "read", 0],
  ["TFRecordDatasetV2", "read", 0],
  ["FixedLengthRecordDataset", "read", 0],
  ["FixedLengthRecordDatasetV2", "read", 0],
  ["CSVDataset", "read", 0],
  ["CSVDatasetV2", "read", 0],
  ["ExperimentalCSVDataset", "read", 0],
  ["LMDBDataset", "read", 0],
  ["ExperimentalLMDBDataset", "read", 0],
  ["RecordInput", "read", "file_pattern"],
  ["InitializeTableFromTextFile", "read", 1],
  ["InitializeTableFromTextFileV2", "read", 1],
  ["MatchingFiles", "list", 0],
  ["MatchingFilesDataset", "list", 0],
  ["ExperimentalMatchingFilesDataset", "list", 0],
  ["CreateSummaryFileWriter", "write", 1],
  // The readers of TensorFlow 1 take file names out of a queue, which is their second input.
  ["ReaderRead", "read", 1],
  ["ReaderReadV2", "read", 1],
  ["ReaderReadUpTo", "read", 1],
  ["ReaderReadUpToV2", "read", 1],
];

function toOperand(place: number | string): Operand {
  return typeof place === "number" ? { input: place } : { attribute: place };
}

function toOperations(
  rows: readonly Row[],
  extra: Pick<Operation, "isSaver" | "isPipeline"> = {},
): [string, Operation][] {
  return rows.map(([name, does, ...places]) => [name, { does, operands: places.map(toOperand), ...extra }]);
}

/** Ops that reach outside the graph, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...toOperations(ROWS),
  ...toOperations(SAVER_ROWS, { isSaver: true }),
  ...toOperations(PIPELINE_ROWS, { isPipeline: true }),
]);
