// OpenVINO IR (https://docs.openvino.ai, "Operation Set in OpenVINO"): <net> with <layers>, each of a type and an operation set.

import type { XmlElement } from "../../formats/xml/read.js";
import { at } from "../config/document.js";
import type { ScanContext } from "../scanner.js";

/** The operation sets that the runtime brings. */
const OWN_OPSET = /^(?:opset\d{1,2}|experimental|ie_internal_opset|util|gpu_opset|type_relaxed_opset)$/;
/** Operations of openvino_tokenizers, which Intel ships and which convert text for nearly every language model. */
const TOKENIZER_OPS =
  /^(?:StringTensor(?:Pack|Unpack)|RaggedTensorPack|RaggedToDense|RaggedToSparse|RaggedToRagged|StringToHashBucket|EqualStr|(?:Case|Normalize|Regex|Charsmap)\w{0,30}|\w{0,30}(?:Tokenizer|Detokenizer|Normalization|Split|Fold|Encoder|Decoder|Combine|Segments|Slice)|SpecialTokensSplit|Truncate|VocabDecoder|VocabEncoder|FuzeRagged|UTF8Validate|CharsToBytes|BytesToChars|ByteFallback|NumericString\w{0,30}|SentencepieceStreamDetokenizer|TrieTokenizer)$/;
const LIBRARY = /\.(?:so(?:\.\d{1,4}){0,3}|dll|dylib)$/i;
const LIBRARY_KEY = /^(?:library|lib|lib_path|library_path|plugin|extension|extension_path|custom_op_library)$/i;

export class OpenvinoJudge {
  constructor(private readonly context: ScanContext) {}

  element(element: XmlElement, offset: number | undefined): void {
    if (element.local === "layer") this.judgeLayer(element, offset);
    for (const [key, value] of element.attributes) {
      if (LIBRARY.test(value) || (LIBRARY_KEY.test(key) && /[\\/]/.test(value)))
        this.tellLibrary(element, { key, value, offset });
    }
  }

  private judgeLayer({ attributes }: XmlElement, offset: number | undefined): void {
    const version = attributes.get("version");
    const type = attributes.get("type") ?? "";
    if (version === undefined || OWN_OPSET.test(version) || TOKENIZER_OPS.test(type)) return;
    this.context.report({
      rule: "xml/custom-layer",
      message: `layer ${attributes.get("name") ?? ""} is of type ${type} of the operation set ${version}, which OpenVINO does not bring`,
      subject: `${version} ${type}`,
      ...at(offset),
      evidence: { type, version },
    });
  }

  private tellLibrary(
    { local }: XmlElement,
    { key, value, offset }: { readonly key: string; readonly value: string; readonly offset: number | undefined },
  ): void {
    this.context.report({
      rule: "xml/library-path",
      message: `${local} ${key} names the library ${JSON.stringify(value.slice(0, 200))}`,
      subject: value.slice(0, 300),
      ...at(offset),
      evidence: { attribute: key, path: value.slice(0, 300) },
    });
  }
}
