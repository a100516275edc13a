/** Names of the weaknesses that rules refer to (MITRE CWE 4.17). */
const CWE_NAMES: ReadonlyMap<string, string> = new Map([
  ["CWE-15", "External Control of System or Configuration Setting"],
  ["CWE-20", "Improper Input Validation"],
  ["CWE-22", "Path Traversal"],
  ["CWE-23", "Relative Path Traversal"],
  ["CWE-36", "Absolute Path Traversal"],
  ["CWE-59", "Link Following"],
  ["CWE-61", "UNIX Symbolic Link Following"],
  ["CWE-67", "Improper Handling of Windows Device Names"],
  ["CWE-73", "External Control of File Name or Path"],
  ["CWE-78", "OS Command Injection"],
  ["CWE-94", "Code Injection"],
  ["CWE-95", "Eval Injection"],
  ["CWE-114", "Process Control"],
  ["CWE-122", "Heap-based Buffer Overflow"],
  ["CWE-125", "Out-of-bounds Read"],
  ["CWE-129", "Improper Validation of Array Index"],
  ["CWE-150", "Improper Neutralization of Escape, Meta, or Control Sequences"],
  ["CWE-158", "Improper Neutralization of Null Byte or NUL Character"],
  ["CWE-178", "Improper Handling of Case Sensitivity"],
  ["CWE-190", "Integer Overflow or Wraparound"],
  ["CWE-200", "Exposure of Sensitive Information"],
  ["CWE-250", "Execution with Unnecessary Privileges"],
  ["CWE-312", "Cleartext Storage of Sensitive Information"],
  ["CWE-345", "Insufficient Verification of Data Authenticity"],
  ["CWE-354", "Improper Validation of Integrity Check Value"],
  ["CWE-357", "Insufficient UI Warning of Dangerous Operations"],
  ["CWE-369", "Divide By Zero"],
  ["CWE-400", "Uncontrolled Resource Consumption"],
  ["CWE-409", "Improper Handling of Highly Compressed Data"],
  ["CWE-427", "Uncontrolled Search Path Element"],
  ["CWE-434", "Unrestricted Upload of File with Dangerous Type"],
  ["CWE-436", "Interpretation Conflict"],
  ["CWE-451", "User Interface Misrepresentation of Critical Information"],
  ["CWE-470", "Unsafe Reflection"],
  ["CWE-494", "Download of Code Without Integrity Check"],
  ["CWE-501", "Trust Boundary Violation"],
  ["CWE-502", "Deserialization of Untrusted Data"],
  ["CWE-506", "Embedded Malicious Code"],
  ["CWE-522", "Insufficiently Protected Credentials"],
  ["CWE-552", "Files or Directories Accessible to External Parties"],
  ["CWE-611", "XML External Entity Reference"],
  ["CWE-674", "Uncontrolled Recursion"],
  ["CWE-693", "Protection Mechanism Failure"],
  ["CWE-694", "Use of Multiple Resources with Duplicate Identifier"],
  ["CWE-732", "Incorrect Permission Assignment for Critical Resource"],
  ["CWE-755", "Improper Handling of Exceptional Conditions"],
  ["CWE-770", "Allocation of Resources Without Limits or Throttling"],
  ["CWE-776", "XML Entity Expansion"],
  ["CWE-787", "Out-of-bounds Write"],
  ["CWE-789", "Memory Allocation with Excessive Size Value"],
  ["CWE-798", "Use of Hard-coded Credentials"],
  ["CWE-822", "Untrusted Pointer Dereference"],
  ["CWE-829", "Inclusion of Functionality from Untrusted Control Sphere"],
  ["CWE-843", "Type Confusion"],
  ["CWE-912", "Hidden Functionality"],
  ["CWE-913", "Improper Control of Dynamically-Managed Code Resources"],
  ["CWE-915", "Improperly Controlled Modification of Dynamically-Determined Object Attributes"],
  ["CWE-918", "Server-Side Request Forgery"],
  ["CWE-1336", "Improper Neutralization of Special Elements Used in a Template Engine"],
  ["CWE-1357", "Reliance on Insufficiently Trustworthy Component"],
]);

/** Names of the adversary techniques that rules refer to (MITRE ATLAS 5.6). */
const ATLAS_NAMES: ReadonlyMap<string, string> = new Map([
  ["AML.T0010", "AI Supply Chain Compromise"],
  ["AML.T0010.001", "AI Supply Chain Compromise: AI Software"],
  ["AML.T0010.002", "AI Supply Chain Compromise: Data"],
  ["AML.T0010.003", "AI Supply Chain Compromise: Model"],
  ["AML.T0011", "User Execution"],
  ["AML.T0011.000", "User Execution: Unsafe AI Artifacts"],
  ["AML.T0011.001", "User Execution: Malicious Package"],
  ["AML.T0018", "Manipulate AI Model"],
  ["AML.T0018.002", "Manipulate AI Model: Embed Malware"],
  ["AML.T0025", "Exfiltration via Cyber Means"],
  ["AML.T0029", "Denial of AI Service"],
  ["AML.T0037", "Data from Local System"],
  ["AML.T0049", "Exploit Public-Facing Application"],
  ["AML.T0050", "Command and Scripting Interpreter"],
  ["AML.T0051", "LLM Prompt Injection"],
  ["AML.T0055", "Unsecured Credentials"],
  ["AML.T0058", "Publish Poisoned Models"],
  ["AML.T0068", "LLM Prompt Obfuscation"],
  ["AML.T0072", "Reverse Shell"],
  ["AML.T0074", "Masquerading"],
  ["AML.T0076", "Corrupt AI Model"],
  ["AML.T0107", "Exploitation for Defense Evasion"],
]);

/** The name of a weakness, the id itself where it is not known. */
export function cweName(id: string): string {
  return CWE_NAMES.get(id) ?? id;
}

export function atlasName(id: string): string {
  return ATLAS_NAMES.get(id) ?? id;
}

/** 502 of `CWE-502`. */
export function cweNumber(id: string): number {
  return Number(id.slice("CWE-".length));
}
