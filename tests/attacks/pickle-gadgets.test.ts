import { describe, expect, it } from "vitest";
import { isAtLeast } from "../../src/rules/severity.js";
import * as p from "../builders/pickle.js";
import { scanBytes } from "../builders/scan.js";
import { call, named, whole } from "./pickle-calls.js";

/** Functions of common packages that run code, start a program, load a library or unpickle what they are given. */
const RUNS_CODE: readonly (readonly [module: string, name: string])[] = [
  ["PIL.ImageMath", "unsafe_eval"],
  ["PIL.ImageShow", "Viewer.show_file"],
  ["PIL.features", "check_module"],
  ["_bootsubprocess", "check_output"],
  ["attr._make", "_compile_and_eval"],
  ["dask.core", "_execute_task"],
  ["dask.local", "get_sync"],
  ["dask.utils", "apply"],
  ["dask.utils", "import_required"],
  ["dill._dill", "_unmarshal"],
  ["dill._dill", "_create_capsule"],
  ["encodings", "search_function"],
  ["formulaic.utils.stateful_transforms", "stateful_eval"],
  ["gettext", "c2py"],
  ["langchain_core.load.load", "loads"],
  ["matplotlib.testing", "subprocess_run_for_testing"],
  ["matplotlib.texmanager", "TexManager._run_checked_subprocess"],
  ["more_itertools", "repeatfunc"],
  ["networkx", "read_gpickle"],
  ["networkx.utils.decorators", "argmap.compile"],
  ["nltk.decorators", "new_wrapper"],
  ["nltk.internals", "java"],
  ["numpy._core.function_base", "add_newdoc"],
  ["numpy.lib._format_impl", "read_array"],
  ["numpy.lib._utils_impl", "_makenamedict"],
  ["optparse", "Values.read_file"],
  ["pandas", "DataFrame.query"],
  ["pandas._testing._io", "round_trip_pickle"],
  ["pandas.compat._optional", "import_optional_dependency"],
  ["pandas.plotting._core", "_load_backend"],
  ["patsy", "dmatrix"],
  ["patsy.eval", "EvalEnvironment.eval"],
  ["pydantic._internal._validators", "import_string"],
  ["pydantic.deprecated.parse", "load_str_bytes"],
  ["pydantic.main", "BaseModel.parse_raw"],
  ["scipy._lib._bunch", "_make_tuple_bunch"],
  ["scipy._lib._uarray._backend", "unpickle_function"],
  ["scipy.optimize._nonlin", "_nonlin_wrapper"],
  ["sklearn.utils._set_output", "check_library_installed"],
  ["statsmodels.base.model", "Model.from_formula"],
  ["statsmodels.tsa.x13", "run_spec"],
  ["sympy.core.basic", "sympify"],
  ["sympy.external.importtools", "import_module"],
  ["sympy.solvers.solvers", "lambdify"],
  ["sympy.testing.runtests", "SymPyTests.test_file"],
  ["toolz.functoolz", "pipe"],
  ["torch._export.serde.serialize", "deserialize_torch_artifact"],
  ["torch._functorch.compilers", "get_inputs"],
  ["torch._guards", "Source.get_value"],
  ["torch._library.infer_schema", "infer_schema"],
  ["torch._ops", "_Ops.load_library"],
  ["torch._strobelight.compile_time_profiler", "get_fburl"],
  ["torch._utils", "_import_dotted_name"],
  ["torch.cuda._memory_viz", "format_flamegraph"],
  ["torch.export.pt2_archive._package", "load_pt2"],
  ["torch.fx._graph_pickler", "_TorchNumpyPickleData.unpickle"],
  ["torch.fx.operator_schemas", "_torchscript_type_to_python_type"],
  ["torch.nn.utils._deprecation_utils", "lazy_deprecated_import"],
  ["torch.utils._content_store", "ContentStoreReader.read_storage"],
  ["torch.utils._get_clean_triton", "process_file"],
  ["torch.utils._pytree", "enum_object_hook"],
  ["torchvision.extension", "_load_library"],
  ["transformers.exporters.utils", "import_dotted_path"],
  ["transformers.integrations.hub_kernels", "lazy_load_kernel"],
  ["transformers.pipelines", "_resolve_impl"],
  ["ultralytics.data.utils", "check_det_dataset"],
  ["ultralytics.data.utils", "load_dataset_cache_file"],
  ["ultralytics.nn.tasks", "torch_safe_load"],
  ["ultralytics.nn.tasks", "parse_model"],
  ["ultralytics.utils.patches", "torch_load"],
  ["warnings", "_getcategory"],
  ["webbrowser", "BackgroundBrowser"],
  ["xml.sax", "make_parser"],
];

/** Functions that read or write files, or talk to the network. */
const REACHES_OUT: readonly (readonly [module: string, name: string])[] = [
  ["PIL.Image", "open"],
  ["cv2", "VideoCapture"],
  ["faiss", "read_index"],
  ["h5py", "File"],
  ["h5py._hl.files", "File"],
  ["librosa", "load"],
  ["nibabel.loadsave", "save"],
  ["numpy", "ndarray.tofile"],
  ["numpy.rec", "fromfile"],
  ["omegaconf", "OmegaConf.save"],
  ["onnx", "save_model"],
  ["pandas.core.generic", "NDFrame.to_csv"],
  ["polars", "scan_parquet"],
  ["soundfile", "SoundFile"],
  ["statsmodels.datasets.utils", "webuse"],
  ["tokenizers", "Tokenizer.from_file"],
  ["torchaudio", "load"],
  ["xarray", "open_dataset"],
  ["zarr", "save"],
];

describe("an attack by a function of a known package", () => {
  it.each(RUNS_CODE)("fails: %s.%s runs what it is given", async (module, name) => {
    const { findings } = await scanBytes("model.pkl", whole(call(module, name, p.text("x"))));
    expect(findings.filter(({ severity }) => severity === "critical").map(({ subject }) => subject)).not.toEqual([]);
  });

  it.each(RUNS_CODE)("fails: %s.%s is imported, and called by something else", async (module, name) => {
    const { findings } = await scanBytes("model.pkl", whole(named(module, name)));
    expect(findings.filter(({ severity }) => severity === "critical").map(({ subject }) => subject)).not.toEqual([]);
  });

  it.each(REACHES_OUT)("fails: %s.%s reaches files or the network", async (module, name) => {
    const { findings } = await scanBytes("model.pkl", whole(call(module, name, p.text("x"))));
    expect(findings.some(({ severity }) => isAtLeast(severity, "high"))).toBe(true);
  });
});
