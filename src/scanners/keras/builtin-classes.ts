/**
 * Class names that Keras itself resolves, of versions 1 to 3: what a config names without a module and is not among these needs code
 * that the user registers.
 */
export const BUILTIN_CLASSES: ReadonlySet<string> = new Set(
  `
  AUC AWQConfig AWQDTypePolicy AbsMaxQuantizer AbstractRNNCell Accuracy Activation ActivityRegularization Adadelta
  Adafactor Adagrad Adam AdamV2 AdamW Adamax AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
  AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AddLoss AddMetric AdditiveAttention AlphaDropout
  AtrousConvolution1D AtrousConvolution2D Attention AugMix AutoCast AutoContrast Average AveragePooling1D
  AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BaseImageAugmentationLayer BaseRandomLayer
  BatchNormalization BatchNormalizationV1 BatchNormalizationV2 Bidirectional BinaryAccuracy BinaryCrossentropy
  BinaryFocalCrossentropy BinaryIoU CTC CategoricalAccuracy CategoricalCrossentropy CategoricalFocalCrossentropy
  CategoricalGeneralizedCrossEntropy CategoricalHinge CategoryEncoding CenterCrop CentralStorage Circle ClassMethod
  CompileLoss CompileMetrics CompositeTensor Concatenate ConcordanceCorrelation Constant Constraint Container
  ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
  ConvLSTM ConvLSTM1D ConvLSTM2D ConvLSTM2DCell ConvLSTM3D ConvLSTMCell ConvRecurrent2D Convolution1D
  Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose CosineDecay
  CosineDecayRestarts CosineSimilarity Cropping1D Cropping2D Cropping3D CuDNNGRU CuDNNLSTM CustomScaleLayer CutMix
  DTypePolicy DTypePolicyMap Deconvolution2D Deconvolution3D Dense DenseFeatures DepthwiseConv1D DepthwiseConv2D Dice
  Discretization Distiller Dot Dropout DynamicLossScale ELU EinsumDense Embedding Equalization ExponentialDecay F1Score
  FBetaScore FakeQuantWithMinMaxVars FalseNegatives FalsePositives FeatureSpace FixedLossScale Flatten FlaxLayer
  Float8DTypePolicy Float8QuantizationConfig FloatDTypePolicy Ftrl Functional GPTQConfig GPTQDTypePolicy GRU GRUCell
  GRUV1 GRUV2 GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
  GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D
  GlobalMaxPooling2D GlobalMaxPooling3D GlorotNormal GlorotUniform GraphNetwork GroupNormalization GroupQueryAttention
  GroupedQueryAttention HashedCrossing Hashing HeNormal HeUniform Highway Hinge Huber Identity IdentityInitializer
  IndexLookup Initializer Input InputLayer InputSpec InstanceMethod InstanceProperty Int4DTypePolicy
  Int4QuantizationConfig Int8QuantizationConfig IntegerLookup InverseTimeDecay IoU JaxLayer KLDivergence KerasTensor L1
  L1L2 L2 LSTM LSTMCell LSTMV1 LSTMV2 Lamb Lambda Layer LayerNormalization LayerScale LeakyReLU LearningRateSchedule
  LecunNormal LecunUniform LinearCosineDecay Lion LocallyConnected1D LocallyConnected2D LogCosh LogCoshError Loss
  LossFunctionWrapper LossScaleOptimizer LossScaleOptimizerV1 Masking MaxNorm MaxNumBoundingBoxes MaxPool1D MaxPool2D
  MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum MaxoutDense Mean MeanAbsoluteError
  MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError
  MeanTensor MelSpectrogram Merge Metric MetricsList MinMaxNorm Minimum Mish MixUp Model ModelWrapper MultiHeadAttention
  MultiOptimizer Multiply Muon Nadam Network NoisyLinearCosineDecay NonNeg Normal Normalization One OneHotIoU
  OneHotMeanIoU Ones Operation Optimizer OptimizerMap Orthogonal OrthogonalInitializer OrthogonalRegularizer PReLU
  PearsonCorrelation PeepholeLSTMCell Permute PiecewiseConstantDecay Pipeline Poisson Policy PolicyV1 PolynomialDecay
  Precision PrecisionAtRecall QuantizationConfig QuantizedDTypePolicy QuantizedFloat8DTypePolicy Quantizer R2Score
  RMSNormalization RMSprop RNN RNNCellWrapper RadialConstraint RandAugment RandomBrightness RandomColorDegeneration
  RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomFourierFeatures
  RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInitializer RandomInvert RandomJpegQuality
  RandomNormal RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
  RandomTranslation RandomUniform RandomWidth RandomZoom ReLU Recall RecallAtPrecision Recurrent Reduction Regularizer
  RepeatVector Rescaling Reshape Resizing ReversibleEmbedding RootMeanSquaredError SGD SGDOptimizer STFT STFTInitializer
  STFTSpectrogram ScheduleFreeAdamW SensitivityAtSpecificity SeparableConv1D SeparableConv2D SeparableConvolution1D
  SeparableConvolution2D SequenceFeatures Sequential SimpleRNN SimpleRNNCell SlicingOpLambda Softmax Solarization
  SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpatialDropout1D
  SpatialDropout2D SpatialDropout3D SpecificityAtSensitivity SpectralNormalization SquaredHinge StackedRNNCells
  StochasticDepth StringLookup Subtract Sum SumOverBatchSizeMetricWrapper SyncBatchNormalization TFDConcat TFDIdentity
  TFOpLambda TFOptimizer TFSMLayer Tensor TensorFlowOpLayer TensorShape TextVectorization ThresholdedReLU
  TimeDistributed TopKCategoricalAccuracy TorchModuleWrapper TrueNegatives TruePositives TruncatedNormal Tversky
  TypeSpec Uniform UnitNorm UnitNormalization UpSampling1D UpSampling2D UpSampling3D Variable VarianceScaling WarmUp
  Wrapper Zero ZeroPadding1D ZeroPadding2D ZeroPadding3D Zeros
`
    .trim()
    .split(/\s+/),
);

/**
 * Names under which Keras 2.11 to 2.15 registers its own classes in the package that is meant for the user's: the decorator of its optimizers names
 * none.
 */
export const REGISTERED_BUILTINS: ReadonlySet<string> = new Set(
  [
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "CustomScaleLayer",
    "Ftrl",
    "Lion",
    "Nadam",
    "RMSprop",
    "SGD",
    "SharpnessAwareMinimization",
  ].map((name) => `Custom>${name}`),
);
